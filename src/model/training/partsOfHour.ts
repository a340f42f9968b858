/** Parts of an hour, five minutes each: whoever was there in each of two paused for less than the shortest silence that is told (silenceLimits.ts). */
export const PART_SECONDS = 300;
export const PARTS_OF_HOUR = 3600 / PART_SECONDS;

/** @param ts seconds since the epoch; @returns parts since the epoch */
export const partOf = (ts: number): number => Math.floor(ts / PART_SECONDS);

/** @param hours since the epoch; @returns all of their parts since the epoch */
export function partsOfHours(hours: readonly number[]): readonly number[] {
  return hours.flatMap((hour) => Array.from({ length: PARTS_OF_HOUR }, (_, i) => hour * PARTS_OF_HOUR + i));
}
