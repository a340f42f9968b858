import type { Query } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import { SCORED_LOG_TYPES } from '../zeek/scoredLogs.js';
import { type Arrivals, firstRows } from './firstRows.js';
import { bucketSources, slicesOf } from './groups.js';
import type { Hit, PointInTime } from './pointInTime.js';

/**
 * Of logs whose rows are cyclic (scoredLogs.ts), the first row of each relation in each stretch of arrivals.
 *
 * @param seconds length of a stretch
 */
export async function* readCyclicRows(
  pit: PointInTime,
  profile: IndexProfile,
  rows: Query,
  arrivals: Arrivals,
  seconds: number,
): AsyncGenerator<Hit> {
  for (const slice of slicesOf(profile).filter(({ log }) => SCORED_LOG_TYPES[log].cyclic)) {
    const query = { bool: { filter: [rows, slice.filter] } };
    yield* firstRows(pit, profile, query, bucketSources(slice), arrivals, seconds);
  }
}
