import type { OtRecord } from '../features/otRecord.js';
import { Places } from '../model/places.js';
import { pathOf, valueAt } from '../profiles/valueAt.js';
import { bucketOf, ownsBucket, type Partition } from './partition.js';
import type { Arrival } from './scoringStage.js';

/** Which rows a scorer judges, where several share a site. The others it looks at for what is counted over all rows. */
export interface Share {
  ownsRecord(record: OtRecord): boolean;
  /** @param record undefined: the row is none of industrial traffic; whose it is counts it */
  ownsArrival(arrival: Arrival, record: OtRecord | undefined): boolean;
}

export const EVERYTHING: Share = { ownsRecord: () => true, ownsArrival: () => true };

export interface ShareOptions {
  /** where documents keep their bucket, by which a partition reads them; undefined: nowhere */
  readonly bucketField?: string | undefined;
  /** rows of the partition that its predecessor has judged (handOver.ts) */
  readonly isSettled?: ((arrival: Arrival, bucket: number) => boolean) | undefined;
}

/**
 * A row belongs where its document says, since the partition of that bucket is the only one that reads it; one that says
 * nothing is read by all, and belongs where the hash of its relation says.
 */
export function shareOf(partition: Partition, { bucketField, isSettled }: ShareOptions = {}): Share {
  if (partition.count === 1 && isSettled === undefined) return EVERYTHING;
  const bucketOfPlace = new Places().once(bucketOf);
  const keptBucket = bucketField === undefined ? () => undefined : keptIn(bucketField);
  return {
    ownsRecord: (record) => ownsBucket(partition, bucketOf(record)),
    ownsArrival(arrival, record) {
      if (arrival.isElsewhere === true) return false;
      const bucket = keptBucket(arrival.document) ?? (record === undefined ? 0 : bucketOfPlace(record));
      return ownsBucket(partition, bucket) && isSettled?.(arrival, bucket) !== true;
    },
  };
}

/** As Elasticsearch reads an integer: digits in text, too, nothing behind the point; of a list, whoever reads it by the first. */
function keptIn(field: string): (document: unknown) => number | undefined {
  const path = pathOf(field);
  return (document) => {
    const kept = [valueAt(document, path)].flat()[0];
    const bucket = kept === undefined || kept === null || kept === '' ? Number.NaN : Math.trunc(Number(kept));
    return Number.isNaN(bucket) ? undefined : bucket;
  };
}
