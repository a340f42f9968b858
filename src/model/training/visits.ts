import { binOf, INTERVAL_AXIS } from '../../features/bins.js';
import { median } from '../quantile.js';

/** An interval (s) and the UTC hour since the epoch in which it ended. */
export interface HourlyValue {
  readonly value: number;
  readonly hour: number;
}

const HOURS_A_DAY = 24;
/** A sequence that was there on fewer days than one of so many has no rhythm of its own. */
const THERE_ONE_DAY_OF = 3;
/** Who is there in fewer than one of so many hours comes for visits. */
const THERE_ONE_HOUR_OF = 3;
/** Fewer intervals don't tell a day's usual one. */
const ROWS_A_DAY = 20;
/** A day whose usual interval lies further from the others' than a bin of 5 % had another rhythm … */
const BINS_ALIKE = 1;
/** … and more than this share of such days is more than a day that went wrong. */
const OTHER_DAYS = 0.1;

/**
 * Whether somebody comes on so few days that another rhythm at each visit could not be told from one.
 *
 * @param days of the window that hold data
 */
export function comesSeldom(values: readonly HourlyValue[], days: number): boolean {
  return new Set(values.map(({ hour }) => dayOfHour(hour))).size * THERE_ONE_DAY_OF < Math.floor(days);
}

/**
 * Whether somebody comes for visits and keeps another rhythm at each, as at an engineering tool whose refresh is set anew. What
 * ten such visits had says next to nothing of the eleventh, however many intervals they had: V visits without an odd one leave
 * a chance of about 1 in V + 1 that the next one is (Laplace's rule of succession).
 *
 * @param days of the window that hold data
 */
export function changesWithVisits(values: readonly HourlyValue[], days: number): boolean {
  const hours = new Set(values.map(({ hour }) => hour));
  if (hours.size * THERE_ONE_HOUR_OF >= days * HOURS_A_DAY) return false;
  const byDay = new Map<number, number[]>();
  for (const { value, hour } of values) {
    const ofDay = byDay.get(dayOfHour(hour)) ?? [];
    byDay.set(dayOfHour(hour), ofDay);
    ofDay.push(value);
  }
  const usual = [...byDay.values()]
    .filter(({ length }) => length >= ROWS_A_DAY)
    .map((ofDay) => binOf(median(ofDay), INTERVAL_AXIS));
  const middle = median(usual);
  const others = usual.filter((bin) => Math.abs(bin - middle) > BINS_ALIKE);
  return others.length > OTHER_DAYS * usual.length;
}

/** @param hour since the epoch; @returns the UTC day since it */
export function dayOfHour(hour: number): number {
  return Math.floor(hour / HOURS_A_DAY);
}
