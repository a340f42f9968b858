import type { estypes } from '@elastic/elasticsearch';
import type { Query } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import { SCORED_LOG_TYPES } from '../zeek/scoredLogs.js';
import { byArrival, NANOS } from './byArrival.js';
import { compositeBuckets } from './compositeBuckets.js';
import { bucketSources, slicesOf } from './groups.js';
import { type Hit, type PointInTime, toHit } from './pointInTime.js';

/**
 * Of logs whose rows are cyclic (scoredLogs.ts), the first row of each relation in each stretch of arrivals:
 * Elasticsearch reads the rows, and one in hundreds comes here. A stretch that is read again from its beginning, with
 * more rows in it by then, has the same first row.
 *
 * @param rows which of them to look at
 * @param seconds length of a stretch; they begin at multiples of it since the epoch
 */
export async function* readCyclicRows(
  pit: PointInTime,
  profile: IndexProfile,
  rows: Query,
  seconds: number,
): AsyncGenerator<Hit> {
  const { field } = profile.arrival;
  for (const slice of slicesOf(profile).filter(({ log }) => SCORED_LOG_TYPES[log].cyclic)) {
    const buckets = compositeBuckets(pit, {
      query: { bool: { filter: [rows, slice.filter] } },
      sources: [
        ...bucketSources(slice),
        { stretch: { date_histogram: { field, fixed_interval: `${seconds}s` } } },
      ],
      aggregations: {
        first: {
          top_hits: { size: 1, sort: [byArrival(profile)], docvalue_fields: [{ field, format: NANOS }] },
        },
      },
    });
    for await (const bucket of buckets) {
      const { hits } = bucket['first'] as estypes.AggregationsTopHitsAggregate;
      // Here the sort's value is a number, which has lost digits.
      for (const hit of hits.hits) yield { ...toHit(hit), sort: hit.fields?.[field] ?? [] };
    }
  }
}
