import type { Client, estypes } from '@elastic/elasticsearch';
import { z } from 'zod';
import { explaining } from './errors.js';

const ACTIONS_AT_MOST = 200;
const AUTHORS_AT_MOST = 200;
const CHECKS_AT_MOST = 1_000;
const check = z.object({ '@timestamp': z.string(), message: z.string() });

/** Audit records of a period by action. @param from ISO 8601, included @param to ISO 8601, excluded */
export async function readActs(
  client: Client,
  namespace: string,
  from: string,
  to: string,
): Promise<readonly { readonly action: string; readonly count: number }[]> {
  const response = await explaining('counting audit records', () =>
    client.search({
      index: `logs-ot_anomaly.audit-${namespace}`,
      size: 0,
      query: { range: { '@timestamp': { gte: from, lt: to } } },
      aggregations: {
        acts: { terms: { field: 'event.action', size: ACTIONS_AT_MOST, order: { _key: 'asc' } } },
      },
    }),
  );
  return buckets(response.aggregations?.['acts']).map(({ key, doc_count }) => ({
    action: String(key),
    count: doc_count,
  }));
}

/** Results of boundary checks of a period, newest first, each credential's. */
export async function readBoundaryResults(
  client: Client,
  namespace: string,
  from: string,
  to: string,
): Promise<readonly { readonly at: string; readonly message: string }[]> {
  const { hits } = await explaining('reading boundary checks', () =>
    client.search({
      index: `logs-ot_anomaly.audit-${namespace}`,
      size: CHECKS_AT_MOST,
      query: {
        bool: {
          filter: [
            { terms: { 'event.action': ['boundary-verified', 'boundary-violated'] } },
            { range: { '@timestamp': { gte: from, lt: to } } },
          ],
        },
      },
      sort: [{ '@timestamp': 'desc' }],
    }),
  );
  return hits.hits.flatMap(({ _source }) => {
    const parsed = check.safeParse(_source);
    return parsed.success ? [{ at: parsed.data['@timestamp'], message: parsed.data.message }] : [];
  });
}

/** Decisions of a period, by what was decided and the author that Elasticsearch stamped. */
export async function readDecisionCounts(
  client: Client,
  namespace: string,
  from: string,
  to: string,
): Promise<readonly { readonly action: string; readonly author: string; readonly count: number }[]> {
  const response = await explaining('counting decisions', () =>
    client.search({
      index: `logs-ot_anomaly.decision-${namespace}`,
      size: 0,
      query: { range: { 'event.ingested': { gte: from, lt: to } } },
      aggregations: {
        actions: {
          terms: { field: 'ot_anomaly.decision.action', size: ACTIONS_AT_MOST, order: { _key: 'asc' } },
          aggregations: {
            authors: { terms: { field: 'user.name', size: AUTHORS_AT_MOST, order: { _key: 'asc' } } },
          },
        },
      },
    }),
  );
  return buckets(response.aggregations?.['actions']).flatMap((bucket) =>
    buckets(bucket['authors']).map(({ key, doc_count }) => ({
      action: String(bucket.key),
      author: String(key),
      count: doc_count,
    })),
  );
}

function buckets(aggregate: unknown): readonly estypes.AggregationsStringTermsBucket[] {
  const found = (aggregate as estypes.AggregationsStringTermsAggregate | undefined)?.buckets;
  return Array.isArray(found) ? found : [];
}
