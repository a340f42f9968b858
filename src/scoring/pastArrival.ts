/**
 * The arrival of a row of the past, of which everything is there already: its own time, in whole milliseconds and
 * never before it, so that the reorder buffer (whose clock an arrival holds back) lets the row through at once.
 *
 * @param ts seconds since the epoch
 * @returns ISO 8601
 */
export function pastArrival(ts: number): string {
  return new Date(Math.ceil(ts * 1000)).toISOString();
}
