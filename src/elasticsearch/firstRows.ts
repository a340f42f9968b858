import type { estypes } from '@elastic/elasticsearch';
import type { Query } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import { byArrival, NANOS } from './byArrival.js';
import { type Hit, type PointInTime, toHit } from './pointInTime.js';

type Source = Record<string, estypes.AggregationsCompositeAggregationSource>;

const BUCKETS_A_PAGE = 1_000;

/** An interval of arrivals, as a range query takes it. */
export interface Arrivals {
  readonly gte: string;
  readonly lte: string;
}

/**
 * The first row of each kind in each stretch of arrivals, in no order: Elasticsearch reads the rows, and one in hundreds
 * comes here. A stretch that is read again from its beginning, with more rows in it by then, has the same first rows.
 *
 * @param kinds what tells one kind of row from another
 * @param seconds length of a stretch; stretches begin at multiples of it since the epoch
 */
export async function* firstRows(
  pit: PointInTime,
  profile: IndexProfile,
  query: Query,
  kinds: readonly Source[],
  arrivals: Arrivals,
  seconds: number,
): AsyncGenerator<Hit> {
  const { field } = profile.arrival;
  let after: Record<string, estypes.FieldValue> | undefined;
  do {
    const response = await pit.search({
      size: 0,
      query: { bool: { filter: [query, { range: { [field]: arrivals } }] } },
      aggregations: {
        stretches: {
          composite: {
            size: BUCKETS_A_PAGE,
            sources: [...kinds, { stretch: { date_histogram: { field, fixed_interval: `${seconds}s` } } }],
            ...(after === undefined ? {} : { after }),
          },
          aggregations: {
            first: {
              top_hits: {
                size: 1,
                sort: [byArrival(profile)],
                docvalue_fields: [{ field, format: NANOS }],
              },
            },
          },
        },
      },
    });
    const found = response.aggregations?.['stretches'] as estypes.AggregationsCompositeAggregate | undefined;
    for (const bucket of (found?.buckets ?? []) as estypes.AggregationsCompositeBucket[]) {
      const { hits } = bucket['first'] as estypes.AggregationsTopHitsAggregate;
      // Here the sort's value is a number, which has lost digits.
      for (const hit of hits.hits) yield { ...toHit(hit), sort: hit.fields?.[field] ?? [] };
    }
    after = found?.after_key as Record<string, estypes.FieldValue> | undefined;
  } while (after !== undefined);
}
