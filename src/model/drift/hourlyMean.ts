/** Sum and count of the rows of one hour so far. */
export interface HourSum {
  /** hours since the epoch, UTC */
  readonly hour: number;
  readonly sum: number;
  readonly n: number;
}

export const HOUR_SECONDS = 3600;

/**
 * Adds a value to its hour.
 *
 * @returns the hour that goes on, and the one that this value closed, if any
 */
export function addToHour(
  open: HourSum | undefined,
  ts: number,
  value: number,
): { readonly open: HourSum; readonly closed: HourSum | undefined } {
  const hour = Math.floor(ts / HOUR_SECONDS);
  if (open === undefined) return { open: { hour, sum: value, n: 1 }, closed: undefined };
  if (hour <= open.hour)
    return { open: { ...open, sum: open.sum + value, n: open.n + 1 }, closed: undefined };
  return { open: { hour, sum: value, n: 1 }, closed: open };
}
