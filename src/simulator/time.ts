/**
 * Time inside the simulator is an integer count of microseconds since the epoch, the precision of
 * a Zeek timestamp; a double holds it exactly until the year 2255. The plant's own clock is UTC.
 */
export const MILLISECOND = 1_000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A half-open span of simulated time, microseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The microseconds as Zeek writes them: seconds with six decimals. */
export function toSeconds(microseconds: number): number {
  return microseconds / SECOND;
}

/** Seconds since the epoch, rounded to the microsecond. */
export function fromSeconds(seconds: number): number {
  return Math.round(seconds * SECOND);
}

export function startOfDay(at: number): number {
  return Math.floor(at / DAY) * DAY;
}

/** 0 = Sunday … 6 = Saturday, as in `Date.getUTCDay`. The epoch fell on a Thursday. */
export function weekday(at: number): number {
  return (((Math.floor(at / DAY) + 4) % 7) + 7) % 7;
}

export function hourOfDay(at: number): number {
  return Math.floor((at - startOfDay(at)) / HOUR);
}

export function toIso(at: number): string {
  return new Date(Math.floor(at / MILLISECOND)).toISOString();
}
