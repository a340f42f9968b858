/** Sum and count of the rows of one hour so far: they grow in place, since they do so with every row. */
export interface HourSum {
  /** hours since the epoch, UTC */
  readonly hour: number;
  sum: number;
  n: number;
}

export const HOUR_SECONDS = 3600;

/**
 * Adds a value to its hour: to `open` in place, unless a new hour begins.
 *
 * @returns the hour that goes on: `open`, or the new one, whose first value closes the one before
 */
export function addToHour(open: HourSum | undefined, ts: number, value: number): HourSum {
  const hour = Math.floor(ts / HOUR_SECONDS);
  if (open === undefined || hour > open.hour) return { hour, sum: value, n: 1 };
  open.sum += value;
  open.n += 1;
  return open;
}
