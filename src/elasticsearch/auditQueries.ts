import type { Client, estypes } from '@elastic/elasticsearch';
import { z } from 'zod';
import { explaining } from './errors.js';

/** A record's number in the chain. */
export const SEQUENCE_FIELD = 'ot_anomaly.audit.sequence';

const found = z.object({
  '@timestamp': z.string(),
  user: z.object({ name: z.string() }),
  event: z.object({ ingested: z.string() }),
  ot_anomaly: z.object({ audit: z.object({ sequence: z.number(), sha256: z.string() }) }),
});

/** Records in the order of the chain; what is in none comes last, and an index that knows no chain is no fault. */
export function bySequence(order: 'asc' | 'desc'): estypes.SortCombinations {
  return { [SEQUENCE_FIELD]: { order, missing: '_last', unmapped_type: 'long' } };
}

/** An audit record as Elasticsearch has it. */
export interface FoundRecord {
  readonly sequence: number;
  /** as the writer's clock had it */
  readonly at: Date;
  /** as Elasticsearch's clock had it */
  readonly ingested: Date;
  readonly author: string;
}

export async function auditRecord(
  client: Client,
  namespace: string,
  sequence: number,
): Promise<FoundRecord | undefined> {
  return newest(client, namespace, [{ term: { 'ot_anomaly.audit.sequence': sequence } }]);
}

/** The newest record of an act that rests on a request and was not refused. */
export async function recordOfRequest(
  client: Client,
  namespace: string,
  action: string,
  requestSha256: string,
): Promise<FoundRecord | undefined> {
  return newest(client, namespace, [
    { term: { 'event.action': action } },
    { term: { 'ot_anomaly.audit.request_sha256': requestSha256 } },
    { bool: { must_not: { term: { 'event.outcome': 'failure' } } } },
  ]);
}

const ofRequest = z.object({
  '@timestamp': z.string(),
  message: z.string(),
  event: z.object({ action: z.string() }),
  ot_anomaly: z.object({
    audit: z.object({ sequence: z.number(), reasons: z.array(z.string()).optional() }),
  }),
});

/** An audit record of a request, as a person reads it. */
export interface RequestRecord {
  readonly at: string;
  readonly sequence: number;
  readonly action: string;
  readonly message: string;
  readonly reasons: readonly string[];
}

const RECORDS_AT_MOST = 1_000;

/** Every record that rests on a request, oldest first. */
export async function recordsOfRequest(
  client: Client,
  namespace: string,
  requestSha256: string,
): Promise<readonly RequestRecord[]> {
  const { hits } = await explaining('reading the audit stream', () =>
    client.search({
      index: `logs-ot_anomaly.audit-${namespace}`,
      size: RECORDS_AT_MOST,
      query: { term: { 'ot_anomaly.audit.request_sha256': requestSha256 } },
      sort: [bySequence('asc')],
    }),
  );
  return hits.hits.flatMap(({ _source }) => {
    const parsed = ofRequest.safeParse(_source);
    if (!parsed.success) return [];
    const { message, event, ot_anomaly } = parsed.data;
    const { sequence, reasons = [] } = ot_anomaly.audit;
    return [{ at: parsed.data['@timestamp'], sequence, action: event.action, message, reasons }];
  });
}

async function newest(client: Client, namespace: string, filter: object[]): Promise<FoundRecord | undefined> {
  const { hits } = await explaining('reading the audit stream', () =>
    client.search({
      index: `logs-ot_anomaly.audit-${namespace}`,
      size: 1,
      query: { bool: { filter } },
      sort: [bySequence('desc')],
    }),
  );
  const parsed = found.safeParse(hits.hits[0]?._source);
  if (!parsed.success) return undefined;
  const { user, event, ot_anomaly } = parsed.data;
  return {
    sequence: ot_anomaly.audit.sequence,
    at: new Date(parsed.data['@timestamp']),
    ingested: new Date(event.ingested),
    author: user.name,
  };
}
