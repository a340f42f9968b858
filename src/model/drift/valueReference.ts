import { AT_REST, advance, statistic } from './cusum.js';
import type { DriftReference } from './reference.js';

/** Fewer values don't tell how far they scatter. */
const VALUES_AT_LEAST = 30;
/** Half a percent, as of hourly means: what was always the same may be rounded otherwise. */
const RELATIVE_FLOOR = 0.005;
/** h: as many standard deviations beyond k as two values far off add up to, so that no single one reaches it … */
const LIMIT_AT_LEAST = 6;
/** … and more than the baseline itself ever reached. */
const LIMIT_OVER_BASELINE = 1.5;

/**
 * The reference of set points: written too seldom for hourly means, so each value is charted by itself.
 *
 * @param values in order of time
 * @param hours of the window that they come from: how often one is to be expected
 */
export function valueReference(values: readonly number[], hours: number): DriftReference | undefined {
  if (values.length < VALUES_AT_LEAST || hours <= 0) return undefined;
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  const sd = Math.max(spread, RELATIVE_FLOOR * Math.abs(mean), Number.EPSILON);
  let chart = AT_REST;
  let largest = 0;
  for (const value of values) {
    chart = advance(chart, (value - mean) / sd, Number.POSITIVE_INFINITY);
    largest = Math.max(largest, statistic(chart));
  }
  return {
    mean,
    sd,
    hours: values.length,
    rowsAnHour: values.length / hours,
    limit: Math.max(LIMIT_AT_LEAST, LIMIT_OVER_BASELINE * largest),
    each: 'value',
  };
}
