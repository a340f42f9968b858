import { BYTES_AXIS, binOf, INTERVAL_AXIS, RATIO_AXIS } from '../../features/bins.js';
import type { OtRecord } from '../../features/otRecord.js';
import { relationKey, sequenceKey } from '../../features/relation.js';
import type { Baseline, Sequence, StoredHistogram } from '../artifact.js';
import { Firsts } from '../firsts.js';
import { type BinCounts, binsHolding, HistogramBuilder } from '../histogram.js';
import { poolKey } from '../pool.js';
import { tellsRhythm } from '../rhythm.js';
import { payloadOf } from '../series.js';
import { byDay, countBins, type DealtBin, type FoldOf } from './heldOut.js';
import { type PooledSequence, pooledCutOff } from './pooledCutOff.js';
import { rarityCutOff, strangersOf } from './rarityCutOff.js';
import { runCutOff } from './runCutOff.js';
import { changesWithVisits, comesSeldom, type HourlyValue } from './visits.js';

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

/** More odd sizes than that are a relation's own way, and say nothing of what the others will do for the first time. */
const ODD_SIZES_AT_MOST = 3;
const SIDES = ['orig', 'resp'] as const;
type Side = (typeof SIDES)[number];

type Histograms = Pick<Baseline, 'intervals' | 'pooledIntervals' | 'bytes'>;

/** Builds the histograms of intervals and bytes from sampled rows, in an order that the rows alone decide. */
export function buildHistograms(rows: readonly SampledRow[]): Histograms {
  const builder = new HistogramsBuilder(new Set(rows.map(({ record }) => dayOf(record.ts))).size);
  builder.add(rows);
  return builder.build();
}

/** Builds histograms from the rows of one group after the other, and holds none of the rows. */
export class HistogramsBuilder {
  readonly #days: number;
  readonly #foldOf: FoldOf;
  readonly #intervals = new Map<string, { readonly sequence: Sequence; readonly pool: string }>();
  readonly #ratios = new Map<string, Int16Array>();
  readonly #bytes: Record<string, Baseline['bytes'][string]> = {};
  /** which relations of a source had an odd size, by side */
  readonly #oddSizes = new Firsts();

  /** @param days of the window that hold data */
  constructor(days: number, foldOf: FoldOf = byDay) {
    this.#days = days;
    this.#foldOf = foldOf;
  }

  /**
   * @param rows all sampled rows of each sequence and relation that they hold
   * @returns what these rows alone decide: whether a pool is large enough to speak for them is not known yet
   */
  add(rows: readonly SampledRow[]): Pick<Baseline, 'intervals' | 'bytes'> {
    const intervals: Record<string, Sequence> = {};
    for (const [key, { values, rows: ofAll, pool }] of sorted(intervalsBySequence(rows, this.#foldOf))) {
      const sequence = describeSequence(values, ofAll, this.#days);
      intervals[key] = sequence;
      this.#intervals.set(key, { sequence, pool });
      if (values.length < ROWS_FOR_POOLING || sequence.median === 0) continue;
      const rhythm = values.filter(({ value }) => tellsRhythm(value, sequence.cycle));
      this.#ratios.set(
        key,
        Int16Array.from(rhythm, ({ value }) => binOf(value / sequence.median, RATIO_AXIS)),
      );
    }
    const bytes: Baseline['bytes'] = {};
    for (const [key, sides] of sorted(bytesByRelation(rows, this.#foldOf))) {
      const stored = { orig: histogram(sides.orig), resp: histogram(sides.resp) };
      bytes[key] = stored;
      for (const side of SIDES) {
        if (stored[side].n < ROWS_FOR_OWN_HISTOGRAM) continue;
        // A cut-off that held-out days kept says that none of them had a stranger.
        const odd = stored[side].rarityCutOff === null ? strangersOf(sides[side]) : 0;
        if (odd <= ODD_SIZES_AT_MOST) this.#oddSizes.add(sideOf(key, side), odd > 0);
      }
    }
    Object.assign(this.#bytes, bytes);
    return { intervals, bytes };
  }

  build(): Histograms {
    const pools = new Map<string, PooledSequence[]>();
    const sequences = sorted(this.#intervals);
    for (const [key, { sequence, pool }] of sequences) {
      const bins = this.#ratios.get(key);
      if (bins === undefined) continue;
      getOrAdd(pools, pool, () => []).push({ bins, isJudged: sequence.sight === 'pooled' });
    }
    const pooledIntervals = Object.fromEntries(
      sorted(pools).map(([key, members]) => [key, pooledHistogram(members)]),
    );
    return {
      intervals: Object.fromEntries(
        sequences.map(([key, { sequence, pool }]) => [key, seen(sequence, pooledIntervals[pool])]),
      ),
      pooledIntervals,
      bytes: Object.fromEntries(
        sorted(new Map(Object.entries(this.#bytes))).map(([key, { orig, resp }]) => [
          key,
          { orig: this.#sized(key, 'orig', orig), resp: this.#sized(key, 'resp', resp) },
        ]),
      ),
    };
  }

  /** Where others of the same source had an odd size now and then, the first one of a relation accuses nobody. */
  #sized(relation: string, side: Side, of: StoredHistogram): StoredHistogram {
    return this.#oddSizes.areUsual(sideOf(relation, side)) ? { ...of, rarityCutOff: null } : of;
  }
}

/** A short sequence whose pool is itself too short stays unseen. */
function seen(sequence: Sequence, pool: StoredHistogram | undefined): Sequence {
  return sequence.sight === 'pooled' && (pool?.n ?? 0) < ROWS_FOR_OWN_HISTOGRAM
    ? { ...sequence, sight: 'too-few-rows' }
    : sequence;
}

interface DealtValue extends HourlyValue {
  readonly fold: number;
}

interface SampledIntervals {
  readonly values: DealtValue[];
  /** of the whole baseline, as many as the values stand for */
  rows: number;
  readonly pool: string;
}

function intervalsBySequence(rows: readonly SampledRow[], foldOf: FoldOf): Map<string, SampledIntervals> {
  const sequences = new Map<string, SampledIntervals>();
  for (const { record, interval, weight } of rows) {
    if (interval === undefined) continue;
    const none = () => ({ values: [], rows: 0, pool: poolKey(record) });
    const sequence = getOrAdd(sequences, sequenceKey(record), none);
    const { ts } = record;
    sequence.values.push({ value: interval, hour: Math.floor(ts / 3_600), fold: foldOf(ts) });
    sequence.rows += weight;
  }
  return sequences;
}

function describeSequence(values: readonly DealtValue[], rows: number, days: number): Sequence {
  const ascending = values.map(({ value }) => value).sort((a, b) => a - b);
  const quantile = (q: number) =>
    ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))] ?? 0;
  const median = quantile(0.5);
  const cycle = quantile(0.9);
  const rhythm = values.filter(({ value }) => tellsRhythm(value, cycle));
  const dealt = rhythm.map(({ value, fold }) => ({ bin: binOf(value, INTERVAL_AXIS), fold, value }));
  const { n, bins, rarityCutOff } = histogram(dealt);
  const ofRows = sightOf(n, bins);
  const sight = ofRows === 'own' ? sightOfVisits(values, rhythm, days) : ofRows;
  const run = sight === 'own' ? runCutOff(dealt, (rows * dealt.length) / values.length) : null;
  // Where 3 of 10 can speak, it does so within a few requests, and one odd interval (a retransmit) says nothing.
  if (sight !== 'own') return { n, median, cycle, sight, bins: [], rarityCutOff: null, runCutOff: null };
  const own = { n, median, cycle, sight, bins, rarityCutOff: null };
  if (run !== null) return { ...own, runCutOff: run.cutOff, runHits: run.hits };
  // What a sample never had may still come daily: of 6,000 in a million rows it says no more than "less than 1 in 2,000".
  return { ...own, rarityCutOff: rows > values.length ? null : rarityCutOff, runCutOff: null };
}

function sightOfVisits(
  values: readonly HourlyValue[],
  rhythm: readonly HourlyValue[],
  days: number,
): Sequence['sight'] {
  if (comesSeldom(values, days)) return 'too-few-days';
  return changesWithVisits(rhythm, days) ? 'aperiodic' : 'own';
}

function sightOf(n: number, bins: BinCounts): Sequence['sight'] {
  if (n < ROWS_FOR_POOLING) return 'too-few-rows';
  if (binsHolding(REGULAR_SHARE, bins) > REGULAR_BINS) return 'aperiodic';
  return n >= ROWS_FOR_OWN_HISTOGRAM ? 'own' : 'pooled';
}

/** One side of all relations of a relation's source. */
function sideOf(relation: string, side: Side): string {
  const [, , source] = relation.split('|');
  return `${side}|${source}`;
}

/** Relation key → sizes of what its connections carried. */
function bytesByRelation(rows: readonly SampledRow[], foldOf: FoldOf): Map<string, Record<Side, DealtBin[]>> {
  const relations = new Map<string, Record<Side, DealtBin[]>>();
  for (const { record } of rows) {
    const { origBytes, respBytes } = payloadOf(record);
    if (origBytes === undefined && respBytes === undefined) continue;
    const sides = getOrAdd(relations, relationKey(record), () => ({ orig: [], resp: [] }));
    const fold = foldOf(record.ts);
    if (origBytes !== undefined) sides.orig.push({ bin: binOf(origBytes, BYTES_AXIS), fold });
    if (respBytes !== undefined) sides.resp.push({ bin: binOf(respBytes, BYTES_AXIS), fold });
  }
  return relations;
}

function histogram(values: readonly DealtBin[]): StoredHistogram {
  const bins = countBins(values);
  return {
    n: values.length,
    bins: bins.map(([bin, count]) => [bin, count]),
    rarityCutOff: values.length < ROWS_FOR_OWN_HISTOGRAM ? null : rarityCutOff(values),
  };
}

function pooledHistogram(members: readonly PooledSequence[]): StoredHistogram {
  const builder = new HistogramBuilder();
  for (const { bins } of members) for (const bin of bins) builder.add(bin);
  const bins = builder.counts();
  const n = members.reduce((sum, member) => sum + member.bins.length, 0);
  return {
    n,
    bins: bins.map(([bin, count]) => [bin, count]),
    rarityCutOff: n < ROWS_FOR_OWN_HISTOGRAM ? null : pooledCutOff(members),
  };
}

function dayOf(ts: number): number {
  return Math.floor(ts / 86_400);
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
