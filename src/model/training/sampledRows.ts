import { BYTES_AXIS, binOf, INTERVAL_AXIS, RATIO_AXIS } from '../../features/bins.js';
import type { OtRecord } from '../../features/otRecord.js';
import { relationKey, sequenceKey } from '../../features/relation.js';
import type { Baseline, Sequence } from '../artifact.js';
import { type BinCounts, binsHolding, HistogramBuilder } from '../histogram.js';
import { poolKey } from '../known.js';

/** A sampled baseline row with its interval and the number of baseline rows it stands for. */
export interface SampledRow {
  readonly record: OtRecord;
  readonly interval: number | undefined;
  readonly weight: number;
}

/** No histogram speaks before it has this many rows of its key (detector.md: "On real traffic", 4). */
const ROWS_FOR_OWN_HISTOGRAM = 100;
/** With fewer rows than this a sequence's median is too uncertain to pool by (standard error of a median ≈ 1.25 σ/√n). */
const ROWS_FOR_POOLING = 20;
/** A sequence is regular when this share of its intervals … */
const REGULAR_SHARE = 0.9;
/** … lies in at most this many bins of 5 %. Beyond it the interval says nothing (operators' writes, pipelining). */
const REGULAR_BINS = 30;

type Histograms = Pick<Baseline, 'intervals' | 'pooledIntervals' | 'bytes'>;

/** Builds the histograms of intervals and bytes from sampled rows, in an order that the rows alone decide. */
export function buildHistograms(rows: readonly SampledRow[]): Histograms {
  const sequences = intervalsBySequence(rows);
  const intervals: Record<string, Sequence> = {};
  const pools = new Map<string, HistogramBuilder>();
  for (const [key, { values, pool }] of sorted(sequences)) {
    const sequence = describeSequence(values);
    intervals[key] = sequence;
    if (values.length < ROWS_FOR_POOLING || sequence.median === 0) continue;
    const builder = getOrAdd(pools, pool, () => new HistogramBuilder());
    for (const value of values) builder.add(binOf(value / sequence.median, RATIO_AXIS));
  }
  const pooledIntervals = Object.fromEntries(
    sorted(pools).map(([key, builder]) => [key, histogram(builder.counts())]),
  );
  return {
    intervals: withoutSmallPools(intervals, (key) => sequences.get(key)?.pool ?? '', pooledIntervals),
    pooledIntervals,
    bytes: bytesByRelation(rows),
  };
}

function intervalsBySequence(rows: readonly SampledRow[]): Map<string, { values: number[]; pool: string }> {
  const sequences = new Map<string, { values: number[]; pool: string }>();
  for (const { record, interval } of rows) {
    if (interval === undefined) continue;
    getOrAdd(sequences, sequenceKey(record), () => ({ values: [], pool: poolKey(record) })).values.push(
      interval,
    );
  }
  return sequences;
}

function describeSequence(values: readonly number[]): Sequence {
  const ascending = [...values].sort((a, b) => a - b);
  const median = ascending[Math.floor(ascending.length / 2)] ?? 0;
  const builder = new HistogramBuilder();
  for (const value of values) builder.add(binOf(value, INTERVAL_AXIS));
  const bins = builder.counts();
  const n = values.length;
  const own = n >= ROWS_FOR_OWN_HISTOGRAM;
  const sight =
    n < ROWS_FOR_POOLING
      ? 'too-few-rows'
      : binsHolding(REGULAR_SHARE, bins) > REGULAR_BINS
        ? 'aperiodic'
        : own
          ? 'own'
          : 'pooled';
  return { n, median, sight, bins: sight === 'own' ? mutable(bins) : [] };
}

/** A short sequence whose pool is itself too short stays unseen. */
function withoutSmallPools(
  intervals: Readonly<Record<string, Sequence>>,
  poolOf: (key: string) => string,
  pools: Baseline['pooledIntervals'],
): Record<string, Sequence> {
  return Object.fromEntries(
    Object.entries(intervals).map(([key, sequence]) => {
      const enough = (pools[poolOf(key)]?.n ?? 0) >= ROWS_FOR_OWN_HISTOGRAM;
      return [
        key,
        sequence.sight === 'pooled' && !enough ? { ...sequence, sight: 'too-few-rows' } : sequence,
      ];
    }),
  );
}

function bytesByRelation(rows: readonly SampledRow[]): Baseline['bytes'] {
  const relations = new Map<string, { orig: HistogramBuilder; resp: HistogramBuilder }>();
  for (const { record } of rows) {
    if (record.origBytes === undefined && record.respBytes === undefined) continue;
    const sides = getOrAdd(relations, relationKey(record), () => ({
      orig: new HistogramBuilder(),
      resp: new HistogramBuilder(),
    }));
    if (record.origBytes !== undefined) sides.orig.add(binOf(record.origBytes, BYTES_AXIS));
    if (record.respBytes !== undefined) sides.resp.add(binOf(record.respBytes, BYTES_AXIS));
  }
  return Object.fromEntries(
    sorted(relations).map(([key, { orig, resp }]) => [
      key,
      { orig: histogram(orig.counts()), resp: histogram(resp.counts()) },
    ]),
  );
}

function histogram(bins: BinCounts): { n: number; bins: [number, number][] } {
  return { n: bins.reduce((sum, [, count]) => sum + count, 0), bins: mutable(bins) };
}

function mutable(bins: BinCounts): [number, number][] {
  return bins.map(([bin, count]) => [bin, count]);
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
