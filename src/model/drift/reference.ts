import { z } from 'zod';
import { AT_REST, advance, statistic } from './cusum.js';

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
/** Half a percent of the mean: what is constant in the baseline may still move by the rounding of a byte or a tick. */
const RELATIVE_FLOOR = 0.005;
/** h = max(6 + correlation time in hours, 1.5 × the largest CUSUM of the baseline itself): docs/decisions/0003-drift.md. */
const LIMIT_BASE = 6;
const LIMIT_PER_CORRELATED_HOUR = 1;
const LIMIT_OVER_BASELINE = 1.5;

/** One hour of the baseline: its hour since the epoch, the mean of its rows, and how many they were. */
export interface Hour {
  readonly hour: number;
  readonly mean: number;
  readonly n: number;
}

/** @returns undefined where the baseline has too few hours, or hours of too few rows, to say how the mean wanders */
export function driftReference(hours: readonly Hour[]): DriftReference | undefined {
  const rowsAnHour = median(hours.map(({ n }) => n));
  const usable = hours.filter(({ n }) => n >= rowsToCount(rowsAnHour));
  if (usable.length < HOURS_AT_LEAST || rowsAnHour < ROWS_AN_HOUR_AT_LEAST) return undefined;
  const means = usable.map(({ mean }) => mean);
  const mean = average(means);
  const spread = Math.sqrt(average(means.map((m) => (m - mean) ** 2)));
  const sd = Math.max(spread, RELATIVE_FLOOR * Math.abs(mean), Number.EPSILON);
  let chart = AT_REST;
  let largest = 0;
  for (const m of means) {
    chart = advance(chart, (m - mean) / sd, Number.POSITIVE_INFINITY);
    largest = Math.max(largest, statistic(chart));
  }
  const limit = Math.max(
    LIMIT_BASE + LIMIT_PER_CORRELATED_HOUR * correlationHours(usable, mean),
    LIMIT_OVER_BASELINE * largest,
  );
  return { mean, sd, hours: usable.length, rowsAnHour, limit };
}

/** An hour with far fewer rows than usual (a restart, lost rows) says nothing of the mean. */
export function rowsToCount(rowsAnHour: number): number {
  return Math.max(1, rowsAnHour / 4);
}

/** The time over which the mean keeps its deviation: −1 / ln r, r the correlation of neighbouring hours. */
function correlationHours(hours: readonly Hour[], mean: number): number {
  let together = 0;
  let neighbours = 0;
  for (const [i, { hour, mean: m }] of hours.entries()) {
    const next = hours[i + 1];
    if (next === undefined || next.hour !== hour + 1) continue;
    together += (m - mean) * (next.mean - mean);
    neighbours += 1;
  }
  const variance = average(hours.map(({ mean: m }) => (m - mean) ** 2));
  if (neighbours === 0 || variance === 0) return 0;
  const r = together / neighbours / variance;
  return r <= 0 ? 0 : -1 / Math.log(Math.min(r, HIGHEST_CORRELATION));
}
/** Beyond it the estimate from a month is noise; it stands for about four days. */
const HIGHEST_CORRELATION = 0.99;

function average(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);
}

function median(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.floor(ascending.length / 2)] ?? 0;
}
