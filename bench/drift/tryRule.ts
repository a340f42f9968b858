import { AT_REST, advance, statistic } from '../../src/model/drift/cusum.js';
import {
  type DriftReference,
  type DriftRule,
  driftReference,
  type Hour,
} from '../../src/model/drift/reference.js';
import { median } from '../rounds.js';
import { POLLS_AN_HOUR } from './wanderingMean.js';

/** The article's drift: 250 to 450 bytes over seven days. */
const MEAN = 250;
const DRIFT_HOURS = 7 * 24;
export const DRIFT_BYTES_AN_HOUR = (450 - MEAN) / DRIFT_HOURS;
const BASELINE_HOURS = 30 * 24;
const YEAR_HOURS = 365 * 24;
/** Hours of one relation: its training, a year, and the week of the drift. */
export const RELATION_HOURS = BASELINE_HOURS + YEAR_HOURS + DRIFT_HOURS;

export interface Tried {
  /** relation-years in which a chart latched although nothing drifted */
  readonly falseAlarms: number;
  /** share of all polls of the drift that come after the latch, over the relations */
  readonly strictMedian: number;
  readonly strictWorst: number;
}

/**
 * Trains on 30 days, watches a year without drift, and then, with a chart at rest, a week of the article's drift.
 *
 * @param relations hourly deviations of each, in σ
 * @param sigma bytes
 */
export function tryRule(rule: DriftRule, relations: readonly Float64Array[], sigma: number): Tried {
  let falseAlarms = 0;
  const strict: number[] = [];
  for (const deviations of relations) {
    const hours = [...deviations].map(
      (d, hour): Hour => ({ hour, mean: MEAN + sigma * d, n: POLLS_AN_HOUR }),
    );
    const reference = driftReference(hours.slice(0, BASELINE_HOURS), rule);
    if (reference === undefined) throw new Error('30 days of hours made no reference');
    const year = hours.slice(BASELINE_HOURS, -DRIFT_HOURS).map(({ mean }) => mean);
    if (hoursToLatch(year, reference, rule) !== undefined) falseAlarms += 1;
    const drifting = hours.slice(-DRIFT_HOURS).map(({ mean }, i) => mean + DRIFT_BYTES_AN_HOUR * (i + 0.5));
    strict.push(1 - (hoursToLatch(drifting, reference, rule) ?? DRIFT_HOURS) / DRIFT_HOURS);
  }
  return { falseAlarms, strictMedian: median(strict), strictWorst: Math.min(...strict) };
}

/** Hours until the chart latches: an hour counts when it has ended. */
function hoursToLatch(
  means: readonly number[],
  { mean, sd, limit }: DriftReference,
  { k }: DriftRule,
): number | undefined {
  let chart = AT_REST;
  for (const [i, m] of means.entries()) {
    chart = advance(chart, (m - mean) / sd, Number.POSITIVE_INFINITY, k);
    if (statistic(chart) >= limit) return i + 1;
  }
  return undefined;
}
