/** An hour's parts, five minutes each: whoever was there in each of two has paused for less than the shortest silence that is told (silenceLimits.ts). */
export const PART_SECONDS = 300;
export const PARTS_OF_HOUR = 3600 / PART_SECONDS;
/** Rows in each of an hour's parts. */
export const EVERY_PART = 2 ** PARTS_OF_HOUR - 1;

/** @param ts seconds since the epoch; @returns its part of the hour as a bit: 1 is the first five minutes */
export function partOf(ts: number): number {
  return 1 << (Math.floor(ts / PART_SECONDS) % PARTS_OF_HOUR);
}
