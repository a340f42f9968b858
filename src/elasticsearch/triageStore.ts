import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import type { Tokens } from '../llm/dailyCap.js';
import { bulkCreate, type NewDocument } from './bulkCreate.js';
import { ElasticsearchError, explaining } from './errors.js';

/** Where a document of triage goes. */
export type TriageDataset = 'triage' | 'recommendation';

export function triageStream(dataset: TriageDataset, namespace: string): string {
  return `logs-ot_anomaly.${dataset}-${namespace}`;
}

/**
 * Creates documents; those whose ids are there already stay as they are.
 *
 * @throws {ElasticsearchError} if any is refused
 */
export async function createAll(
  client: Client,
  dataset: TriageDataset,
  namespace: string,
  documents: readonly NewDocument[],
  refresh = false,
): Promise<void> {
  if (documents.length === 0) return;
  const index = triageStream(dataset, namespace);
  const { rejected } = await bulkCreate(client, index, documents, { refresh });
  const first = rejected[0];
  if (first === undefined) return;
  throw new ElasticsearchError(
    'rejected',
    `${rejected.length} documents for ${index} were refused, the first with: ${first.reason} (HTTP ${first.status})`,
    'Run "ot-anomaly setup": the templates may be old.',
  );
}

/** What annotations of this UTC day say that the LLM used, so that a restart doesn't forget it. */
export async function tokensOfDay(client: Client, namespace: string, now: Date): Promise<Tokens> {
  const { aggregations } = await explaining('adding up the day’s tokens', () =>
    client.search({
      index: triageStream('triage', namespace),
      size: 0,
      query: { range: { '@timestamp': { gte: `${now.toISOString().slice(0, 10)}T00:00:00.000Z` } } },
      aggs: {
        input: { sum: { field: 'ot_anomaly.triage.tokens.input' } },
        output: { sum: { field: 'ot_anomaly.triage.tokens.output' } },
      },
    }),
  );
  const sums = z
    .object({ input: z.object({ value: z.number() }), output: z.object({ value: z.number() }) })
    .safeParse(aggregations);
  return sums.success
    ? { input: sums.data.input.value, output: sums.data.output.value }
    : { input: 0, output: 0 };
}

/** A SOAR's request for triage of an alert that has no annotation yet under its request. */
export interface TriageRequest {
  readonly request: string;
  readonly alertId: string;
}

const requestSchema = z.object({ ot_anomaly: z.object({ alert: z.object({ id: z.string() }) }) });

/** As many as a search gives: half an hour of the webhook's limit of 300 a minute, while the worker was away. */
const REQUESTS_AT_MOST = 10_000;

/** Requests that arrived since, newest first. */
export async function requestsSince(
  client: Client,
  namespace: string,
  since: string,
): Promise<readonly TriageRequest[]> {
  const { hits } = await explaining('reading requests for triage', () =>
    client.search({
      index: `logs-ot_anomaly.case-${namespace}`,
      size: REQUESTS_AT_MOST,
      _source: ['ot_anomaly.alert.id'],
      query: {
        bool: {
          filter: [
            { term: { 'event.action': 'triage-requested' } },
            { range: { 'event.ingested': { gte: since } } },
          ],
        },
      },
      sort: [{ 'event.ingested': 'desc' }],
    }),
  );
  return hits.hits.flatMap(({ _id, _source }) => {
    const parsed = requestSchema.safeParse(_source);
    return parsed.success && _id !== undefined
      ? [{ request: _id, alertId: parsed.data.ot_anomaly.alert.id }]
      : [];
  });
}
