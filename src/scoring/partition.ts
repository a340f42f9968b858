import { createHash } from 'node:crypto';
import type { OtRecord } from '../features/otRecord.js';

/** One scorer's share of a site's relations: number `index` of `count`, from 0. */
export interface Partition {
  readonly index: number;
  readonly count: number;
}

/** A scorer that shares with nobody. */
export const WHOLE: Partition = { index: 0, count: 1 };

/** As many as our ingest pipelines tell apart (`ot_zeek.sample.bucket`). */
const BUCKETS = 1_024;
/** Every scorer looks at every row; beyond so many that look costs more than the share that is left. */
export const PARTITIONS_AT_MOST = 64;

type Ends = Pick<OtRecord, 'source' | 'destination' | 'port'>;

/** The bucket of a relation: a hash of its two ends and port, the one that the ingest pipelines keep. */
export function bucketOf({ source, destination, port }: Ends): number {
  const hash = createHash('sha256').update(`${source}|${destination}|${port}`).digest();
  return hash.readUIntBE(0, 6) % BUCKETS;
}

/** Buckets from `from` on and before `to`; the first partition's have no beginning, the last one's no end. */
export interface BucketRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** The buckets of a partition: each bucket, even one that should not exist, belongs to one of `count`. */
export function bucketsOf({ index, count }: Partition): BucketRange {
  const begin = (i: number) => Math.ceil((i * BUCKETS) / count);
  return {
    from: index === 0 ? undefined : begin(index),
    to: index === count - 1 ? undefined : begin(index + 1),
  };
}

export function ownsBucket(partition: Partition, bucket: number): boolean {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = bucketsOf(partition);
  return bucket >= from && bucket < to;
}

/**
 * The bucket of the relation that a key of a detector or sequence speaks of (features/relation.ts, model/series.ts):
 * source, destination and port come after sensor and VLAN, and those after the log or the name of a series or both.
 */
export function bucketOfKey(key: string): number {
  const parts = key.split('|');
  const at = parts[0] === 'interval' || parts[0] === 'value' ? 4 : 3;
  const [source = '', destination = '', port = ''] = parts.slice(at, at + 3);
  return bucketOf({ source, destination, port: Number(port) });
}

/** @returns undefined for what is no `i/n`, such as `0/2` */
export function parsePartition(text: string): Partition | undefined {
  const [, index, count] = /^(\d{1,2})\/(\d{1,2})$/.exec(text) ?? [];
  const partition = { index: Number(index), count: Number(count) };
  const { index: i, count: n } = partition;
  return n >= 1 && n <= PARTITIONS_AT_MOST && i < n ? partition : undefined;
}

/** Under which name a partition of a scorer keeps its checkpoints and tells its heartbeats. */
export function partitionName(scorer: string, { index, count }: Partition): string {
  return count === 1 ? scorer : `${scorer}.p${index}of${count}`;
}

/** The partition that a name of `partitionName` stands for; undefined if it is another scorer's. */
export function partitionOfName(scorer: string, name: string): Partition | undefined {
  if (!name.startsWith(scorer)) return undefined;
  const rest = name.slice(scorer.length);
  if (rest === '') return WHOLE;
  const [, index, count] = /^\.p(\d+)of(\d+)$/.exec(rest) ?? [];
  return index === undefined ? undefined : { index: Number(index), count: Number(count) };
}
