/** Intervals within this share of a whole multiple of the cycle are missed polls, not another rhythm. */
const MISSED_POLL_TOLERANCE = 0.1;
/** A longer pause than this many cycles is silence, which says nothing about the rhythm before and after it. */
const CYCLES_AT_MOST = 20;

/**
 * Whether an interval speaks about the rhythm at all: a request that the sensor missed leaves a gap of a whole
 * number of cycles (both false alarms of one real capture were such), and a long pause is another detector's
 * business. Neither is held against a sequence, in training as in scoring.
 *
 * @param interval seconds
 * @param cycle seconds, the sequence's own
 */
export function tellsRhythm(interval: number, cycle: number): boolean {
  if (cycle <= 0) return true;
  const cycles = interval / cycle;
  if (cycles > CYCLES_AT_MOST) return false;
  const nearest = Math.round(cycles);
  return nearest < 2 || Math.abs(cycles - nearest) > MISSED_POLL_TOLERANCE;
}
