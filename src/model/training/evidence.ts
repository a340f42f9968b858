import { Places } from '../places.js';
import { SERIES_NAME, type SeriesFeature, samplesOf, seriesKeysOf } from '../series.js';
import type { SampledRow } from './sampledRows.js';
import type { SeenSpan, StructureCounts } from './structureCounts.js';

/** What of a training a person has to see before they approve it, as far as the rows tell. */
export interface TrainingEvidence {
  /** whole days of the window */
  readonly windowDays: number;
  readonly contamination: number;
  /** share of the training rows that carry a never-seen feature */
  readonly unseenShare: number;
  readonly spans: {
    readonly source: readonly SeenSpan[];
    readonly pair: readonly SeenSpan[];
    readonly functionCode: readonly SeenSpan[];
  };
  readonly halves: readonly HalvesDiffer[];
}

/** A series that was another in the first half of the window than in the second. */
export interface HalvesDiffer {
  readonly key: string;
  readonly feature: SeriesFeature;
  readonly what: 'mean' | 'spread';
  readonly first: number;
  readonly second: number;
}

export function trainingEvidence(
  counts: StructureCounts,
  halves: readonly HalvesDiffer[],
  { from, to, contamination }: { readonly from: number; readonly to: number; readonly contamination: number },
  unseenShare: number,
): TrainingEvidence {
  return {
    windowDays: Math.ceil((to - from) / 86_400),
    contamination,
    unseenShare,
    spans: {
      source: counts.spans('source'),
      pair: counts.spans('pair'),
      functionCode: counts.spans('functionCode'),
    },
    halves: [...halves].sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

/** Fewer rows or hours in a half say nothing of it. */
const ROWS_AT_LEAST = 50;
const HOURS_AT_LEAST = 12;
/** A trend through the whole window moves the middle of a half by 2.9 times what is measured as its scatter. */
const DEVIATIONS = 2.5;
/** … and in a series that hardly moves, at least so much of its mean. */
const SHARE_OF_MEAN = 0.02;
/** A half whose middle 80 % spread over so many times the other's. */
const TIMES_THE_SPREAD = 3;
const SPREAD_OF_MEAN = 0.05;

interface Half {
  readonly values: number[];
  readonly hours: Map<number, { sum: number; n: number }>;
}

/**
 * @param rows all sampled rows of each series that they hold
 * @param middle seconds since the epoch
 */
export function halvesThatDiffer(rows: readonly SampledRow[], middle: number): readonly HalvesDiffer[] {
  const series = new Map<string, { feature: SeriesFeature; first: Half; second: Half }>();
  const keysOf = new Places().once(seriesKeysOf);
  for (const { record, interval } of rows) {
    for (const { key, feature, value } of samplesOf(record, interval, keysOf(record))) {
      let of = series.get(key);
      if (of === undefined) {
        of = { feature, first: { values: [], hours: new Map() }, second: { values: [], hours: new Map() } };
        series.set(key, of);
      }
      const half = record.ts < middle ? of.first : of.second;
      half.values.push(value);
      const hour = half.hours.get(Math.floor(record.ts / 3600)) ?? { sum: 0, n: 0 };
      hour.sum += value;
      hour.n += 1;
      half.hours.set(Math.floor(record.ts / 3600), hour);
    }
  }
  return [...series].flatMap(([key, { feature, first, second }]): readonly HalvesDiffer[] => {
    if (!isEnough(first) || !isEnough(second)) return [];
    const [one, other] = [middleOf(first), middleOf(second)];
    const scatter = Math.sqrt((scatterOf(first) ** 2 + scatterOf(second) ** 2) / 2);
    const size = Math.max(Math.abs(one), Math.abs(other));
    if (Math.abs(one - other) > Math.max(DEVIATIONS * scatter, SHARE_OF_MEAN * size))
      return [{ key, feature, what: 'mean', first: one, second: other }];
    const [narrow, wide] = [spreadOf(first), spreadOf(second)];
    const least = SPREAD_OF_MEAN * size;
    if (
      Math.max(narrow, wide) >
      Math.max(least, TIMES_THE_SPREAD * Math.max(Math.min(narrow, wide), least / TIMES_THE_SPREAD))
    )
      return [{ key, feature, what: 'spread', first: narrow, second: wide }];
    return [];
  });
}

function isEnough({ values, hours }: Half): boolean {
  return values.length >= ROWS_AT_LEAST && hours.size >= HOURS_AT_LEAST;
}

/** The median of the hourly means: single odd hours don't move it. */
function middleOf({ hours }: Half): number {
  return quantile(
    [...hours.values()].map(({ sum, n }) => sum / n),
    0.5,
  );
}

/** A standard deviation of the hourly means, by their middle 68 %. */
function scatterOf({ hours }: Half): number {
  const means = [...hours.values()].map(({ sum, n }) => sum / n);
  return (quantile(means, 0.84) - quantile(means, 0.16)) / 2;
}

function spreadOf({ values }: Half): number {
  return quantile(values, 0.9) - quantile(values, 0.1);
}

function quantile(values: readonly number[], q: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))] ?? 0;
}

/** `the interval between requests of modbus|-|-|10.0.0.1|…` */
export function describeSeries({ key, feature }: HalvesDiffer): string {
  return `${SERIES_NAME[feature]} of ${key.slice(key.indexOf('|') + 1)}`;
}
