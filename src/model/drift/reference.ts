import { z } from 'zod';
import { median } from '../quantile.js';
import { AT_REST, advance, REFERENCE, statistic } from './cusum.js';

/** What a series' hourly means are held against: frozen at training, moved by nothing but another training. */
export const driftReferenceSchema = z.strictObject({
  /** the mean of the hourly means, in the series' unit */
  mean: z.number(),
  /** standard deviation of the hourly means, never below the floor of `driftReference` */
  sd: z.number().positive(),
  /** hours it was made of; values, where each is charted by itself */
  hours: z.number().int().nonnegative(),
  /** rows in the median hour */
  rowsAnHour: z.number().nonnegative(),
  /** h, in standard deviations: a CUSUM from here on is a drift */
  limit: z.number().positive(),
  /** `value`: written too seldom for hourly means, so each value stands for itself (valueReference.ts) */
  each: z.literal('value').optional(),
});
export type DriftReference = z.infer<typeof driftReferenceSchema>;

/** Fewer hours don't tell how far a mean wanders. */
const HOURS_AT_LEAST = 48;
/** Fewer rows in the median hour make no mean: such a series (operators' writes) is judged by its values' histogram alone. */
const ROWS_AN_HOUR_AT_LEAST = 4;
/** A quarter of a percent of the mean: what is constant in the baseline may still move by the rounding of a byte or a tick. */
const RELATIVE_FLOOR = 0.0025;
/** When a CUSUM is a drift. */
export interface DriftRule {
  /** k, standard deviations */
  readonly k: number;
  /** h = max(base + perCorrelatedHour × correlation time in hours, overBaseline × the baseline's own largest CUSUM) */
  readonly base: number;
  readonly perCorrelatedHour: number;
  readonly overBaseline: number;
}
/** Chosen by what `npm run bench:drift` prints: docs/decisions/0004-drift.md. */
export const DRIFT_RULE: DriftRule = { k: REFERENCE, base: 4, perCorrelatedHour: 0.25, overBaseline: 1.5 };

/** One hour of the baseline: its hour since the epoch, the mean of its rows, and how many they were. */
export interface Hour {
  readonly hour: number;
  readonly mean: number;
  readonly n: number;
  /** standard deviation of its rows, where known */
  readonly scatter?: number;
}

/** @returns undefined where the baseline has too few hours, or hours of too few rows, to say how the mean wanders */
export function driftReference(hours: readonly Hour[], rule = DRIFT_RULE): DriftReference | undefined {
  const rowsAnHour = median(hours.map(({ n }) => n));
  const usable = hours.filter(({ n }) => n >= rowsToCount(rowsAnHour));
  if (usable.length < HOURS_AT_LEAST || rowsAnHour < ROWS_AN_HOUR_AT_LEAST) return undefined;
  const means = usable.map(({ mean }) => mean);
  const mean = average(means);
  const spread = Math.sqrt(average(means.map((m) => (m - mean) ** 2)));
  // A sequence of short and long intervals in turn has hourly means that depend on where an hour's sample ends, by as
  // much in all hours; so a mean of n rows never counts as surer than n independent rows would make it.
  const sampling = median(usable.map(({ scatter = 0 }) => scatter)) / Math.sqrt(rowsAnHour);
  const sd = Math.max(spread, sampling, RELATIVE_FLOOR * Math.abs(mean), Number.EPSILON);
  let chart = AT_REST;
  let largest = 0;
  for (const m of means) {
    chart = advance(chart, (m - mean) / sd, Number.POSITIVE_INFINITY, rule.k);
    largest = Math.max(largest, statistic(chart));
  }
  const limit = Math.max(
    rule.base + rule.perCorrelatedHour * correlationHours(usable, mean),
    rule.overBaseline * largest,
  );
  return { mean, sd, hours: usable.length, rowsAnHour, limit };
}

/** An hour with far fewer rows than usual (a restart, lost rows) says nothing of the mean. */
export function rowsToCount(rowsAnHour: number): number {
  return Math.max(1, rowsAnHour / 4);
}

/**
 * The time over which the mean keeps its deviation: −g / ln r, r the correlation of hours that lie g apart. g is 1 where
 * hours follow each other; where a sample or a slow relation leaves gaps, it is the usual gap, and then a correlation that
 * is lost in the noise of so few pairs counts as large as that noise: nobody saw that it was none.
 */
function correlationHours(hours: readonly Hour[], mean: number): number {
  const gap = median(hours.slice(1).map(({ hour }, i) => hour - (hours[i]?.hour ?? 0)));
  let together = 0;
  let pairs = 0;
  for (const [i, { hour, mean: m }] of hours.entries()) {
    const next = hours[i + 1];
    if (next === undefined || next.hour !== hour + gap) continue;
    together += (m - mean) * (next.mean - mean);
    pairs += 1;
  }
  const variance = average(hours.map(({ mean: m }) => (m - mean) ** 2));
  if (pairs === 0 || variance === 0) return 0;
  const r = Math.max(together / pairs / variance, gap > 1 ? Math.min(0.5, 1 / Math.sqrt(pairs)) : 0);
  return r <= 0 ? 0 : -gap / Math.log(Math.min(r, HIGHEST_CORRELATION ** gap));
}
/** Beyond it the estimate from a month is noise; it stands for about four days. */
const HIGHEST_CORRELATION = 0.99;

function average(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);
}
