import type { Query } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import type { PointInTime } from './pointInTime.js';

/** Documents that arrived in one step of time. */
export interface ArrivalStep {
  /** when it begins: milliseconds since the epoch, a multiple of its length */
  readonly at: number;
  readonly documents: number;
}

/** Counts documents by their arrival, in order of time; steps in which none arrived are left out. */
export async function arrivalHistogram(
  pit: PointInTime,
  { arrival: { field } }: IndexProfile,
  query: Query,
  stepMs: number,
): Promise<readonly ArrivalStep[]> {
  const { aggregations } = await pit.search({
    size: 0,
    query: { bool: { filter: [query] } },
    aggregations: {
      arrivals: { date_histogram: { field, fixed_interval: `${stepMs}ms`, min_doc_count: 1 } },
    },
  });
  const { arrivals } = aggregations as unknown as {
    readonly arrivals: { readonly buckets: readonly { readonly key: number; readonly doc_count: number }[] };
  };
  return arrivals.buckets.map(({ key, doc_count }) => ({ at: key, documents: doc_count }));
}
