import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** How a sample is spread over a group that has more rows than may be sampled. */
export interface StretchPlan {
  /** one stretch of consecutive rows in each span of so many seconds that holds any */
  readonly seconds: number;
  /** rows of a stretch, at most */
  readonly rows: number;
}

/** Fewer consecutive rows hold hardly an interval; more, and a month of hours isn't covered. */
export const ROWS_AN_HOUR_AT_LEAST = 10;
const ROWS_AT_MOST = 80;

/**
 * One stretch an hour, if the limit allows ten rows of each: a drift chart needs every hour's mean, and how long a mean
 * keeps its deviation shows in neighbouring hours alone. A few long stretches would leave a fast relation, of which the
 * limit is but minutes, without any chart.
 *
 * @param hours hours that hold rows of the group
 */
export function stretchPlan(hours: number, limit: number): StretchPlan {
  const anHour = limit / Math.max(1, hours);
  const rows = Math.min(limit, ROWS_AT_MOST, Math.max(ROWS_AN_HOUR_AT_LEAST, Math.floor(anHour)));
  return { rows, seconds: Math.max(1, Math.round((3600 * rows) / anHour)) };
}

/** Seconds by which spans are moved, so that stretches begin at a seeded place of the hour. */
export function beginOf({ seconds }: StretchPlan, seed: number): number {
  return Math.floor(uniformFloat64(xoroshiro128plus(seed)) * seconds);
}

/** Spans may be a few more than the plan reckoned with: evenly spread ones are left out until the limit is kept. */
export function withinLimit<T>(
  stretches: readonly (readonly T[])[],
  limit: number,
): readonly (readonly T[])[] {
  const rows = stretches.reduce((sum, { length }) => sum + length, 0);
  if (rows <= limit) return stretches;
  const kept = Math.max(1, Math.floor((stretches.length * limit) / rows));
  const chosen = Array.from(
    { length: kept },
    (_, i) => stretches[Math.floor((i * stretches.length) / kept)] ?? [],
  );
  let left = limit;
  return chosen.flatMap((stretch) => {
    const part = stretch.slice(0, left);
    left -= part.length;
    return part.length === 0 ? [] : [part];
  });
}
