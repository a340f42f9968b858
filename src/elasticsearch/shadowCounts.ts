import type { Client, estypes } from '@elastic/elasticsearch';
import { otTraffic, type Query, timeWindow } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import { explaining } from './errors.js';

/** Documents that a model's scorers scored in a span, by their heartbeats. */
export async function scoredBy(
  client: Client,
  namespace: string,
  modelSha256: string,
  from: Date,
  to: Date,
): Promise<number> {
  const response = await explaining('counting what was scored', () =>
    client.search({
      index: `metrics-ot_anomaly.scorer-${namespace}`,
      size: 0,
      query: {
        bool: {
          filter: [
            { term: { 'ot_anomaly.scorer.model_sha256': modelSha256 } },
            { range: { '@timestamp': { gte: from.toISOString(), lt: to.toISOString() } } },
          ],
        },
      },
      aggregations: { scored: { sum: { field: 'ot_anomaly.scorer.scored' } } },
    }),
  );
  const sum = response.aggregations?.['scored'] as estypes.AggregationsSumAggregate | undefined;
  return Math.round(sum?.value ?? 0);
}

/**
 * Rows of industrial traffic in a span of source time: what a first model must have scored.
 *
 * @param matching of these queries one at least; none: all rows
 */
export async function sourceRows(
  client: Client,
  index: string,
  profile: IndexProfile,
  from: Date,
  to: Date,
  matching?: readonly Query[],
): Promise<number> {
  const window = timeWindow(profile, from.getTime() / 1000, to.getTime() / 1000);
  const filter = [otTraffic(profile), window];
  const narrow = matching === undefined ? {} : { minimum_should_match: 1, should: [...matching] };
  const { count } = await explaining(`counting rows of ${index}`, () =>
    client.count({ index, query: { bool: { filter, ...narrow } } }),
  );
  return count;
}
