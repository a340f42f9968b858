import type { estypes } from '@elastic/elasticsearch';
import { type Query, scorerInput } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import { SCORED_LOG_TYPES } from '../zeek/scoredLogs.js';
import { byArrival, NANOS } from './byArrival.js';
import { bucketSources, type Slice, slicesOf } from './groups.js';
import { type Hit, type PointInTime, toHit } from './pointInTime.js';

const BUCKETS_A_PAGE = 1_000;

/** An interval of arrivals, as a range query takes it. */
export interface Arrivals {
  readonly gte: string;
  readonly lte: string;
}

/**
 * Of logs whose rows are cyclic (scoredLogs.ts), the first row of each relation in each stretch of arrivals, in order of
 * arrival: Elasticsearch reads the rows, and one in hundreds comes here. A stretch that is read again, with
 * more rows in it by then, has the same first row.
 *
 * @param seconds length of a stretch
 */
export async function readCyclicRows(
  pit: PointInTime,
  profile: IndexProfile,
  arrivals: Arrivals,
  seconds: number,
): Promise<readonly Hit[]> {
  const first: Hit[] = [];
  for (const slice of slicesOf(profile).filter(({ log }) => SCORED_LOG_TYPES[log].cyclic))
    for await (const hit of firstRows(pit, profile, slice, arrivals, seconds)) first.push(hit);
  return first;
}

async function* firstRows(
  pit: PointInTime,
  profile: IndexProfile,
  slice: Slice,
  arrivals: Arrivals,
  seconds: number,
): AsyncGenerator<Hit> {
  const { field } = profile.arrival;
  const query: Query = {
    bool: { filter: [scorerInput(profile), slice.filter, { range: { [field]: arrivals } }] },
  };
  let after: Record<string, estypes.FieldValue> | undefined;
  do {
    const response = await pit.search({
      size: 0,
      query,
      aggregations: {
        stretches: {
          composite: {
            size: BUCKETS_A_PAGE,
            sources: [
              ...bucketSources(slice),
              { stretch: { date_histogram: { field, fixed_interval: `${seconds}s` } } },
            ],
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
