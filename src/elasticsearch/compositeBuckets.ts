import type { estypes } from '@elastic/elasticsearch';
import type { Query } from '../profiles/queries.js';
import type { PointInTime } from './pointInTime.js';

const BUCKETS_A_PAGE = 1_000;

export interface Composite {
  readonly query: Query;
  readonly sources: readonly Record<string, estypes.AggregationsCompositeAggregationSource>[];
  readonly aggregations: Record<string, estypes.AggregationsAggregationContainer>;
}

/** Every bucket of a composite aggregation, a page after another. */
export async function* compositeBuckets(
  pit: PointInTime,
  { query, sources, aggregations }: Composite,
): AsyncGenerator<estypes.AggregationsCompositeBucket> {
  let after: Record<string, estypes.FieldValue> | undefined;
  do {
    const composite = {
      size: BUCKETS_A_PAGE,
      sources: [...sources],
      ...(after === undefined ? {} : { after }),
    };
    const response = await pit.search({
      size: 0,
      query: { bool: { filter: [query] } },
      aggregations: { buckets: { composite, aggregations } },
    });
    const found = response.aggregations?.['buckets'] as estypes.AggregationsCompositeAggregate | undefined;
    yield* (found?.buckets ?? []) as estypes.AggregationsCompositeBucket[];
    after = found?.after_key as Record<string, estypes.FieldValue> | undefined;
  } while (after !== undefined);
}
