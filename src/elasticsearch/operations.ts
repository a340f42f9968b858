import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { explaining } from './errors.js';
import { triageStream } from './triageStore.js';

/** What a scorer last said of itself. */
export interface ScorerState {
  readonly name: string;
  readonly at: string;
  readonly modelSha256: string;
  readonly lagMs: number;
  readonly pending: number;
}

/** How annotations of the last 24 hours came about. */
export interface TriageState {
  readonly newest: string | undefined;
  readonly outcomes: readonly { readonly name: string; readonly count: number }[];
}

export interface AuditEntry {
  readonly at: string;
  readonly part: string;
  readonly action: string;
  readonly message: string;
}

const heartbeatSchema = z.object({
  '@timestamp': z.string(),
  ot_anomaly: z.object({
    scorer: z.object({
      name: z.string(),
      model_sha256: z.string(),
      lag_ms: z.number().default(0),
      pending: z.number().default(0),
    }),
  }),
});
const auditSchema = z.object({
  '@timestamp': z.string(),
  message: z.string().default(''),
  event: z.object({ action: z.string().default('') }),
  ot_anomaly: z.object({ audit: z.object({ part: z.string().default('') }) }),
});

const SCORERS_MAX = 20;
const AUDIT_MAX = 20;

/** The newest heartbeat of each scorer of the last week. */
export async function scorers(client: Client, namespace: string): Promise<readonly ScorerState[]> {
  const { hits } = await explaining('reading heartbeats', () =>
    client.search({
      index: `metrics-ot_anomaly.scorer-${namespace}`,
      size: SCORERS_MAX,
      query: { range: { '@timestamp': { gte: 'now-7d' } } },
      collapse: { field: 'ot_anomaly.scorer.name' },
      sort: [{ '@timestamp': 'desc' }],
    }),
  );
  return hits.hits.flatMap(({ _source }) => {
    const parsed = heartbeatSchema.safeParse(_source);
    if (!parsed.success) return [];
    const { name, model_sha256, lag_ms, pending } = parsed.data.ot_anomaly.scorer;
    return [{ name, at: parsed.data['@timestamp'], modelSha256: model_sha256, lagMs: lag_ms, pending }];
  });
}

export async function triageState(client: Client, namespace: string): Promise<TriageState> {
  const { hits, aggregations } = await explaining('reading annotations', () =>
    client.search({
      index: triageStream('triage', namespace),
      size: 1,
      _source: ['@timestamp'],
      query: { range: { '@timestamp': { gte: 'now-24h' } } },
      sort: [{ '@timestamp': 'desc' }],
      aggs: {
        outcomes: {
          terms: { field: 'ot_anomaly.triage.outcome', size: 10 },
          aggs: { reasons: { terms: { field: 'ot_anomaly.triage.reason', size: 20 } } },
        },
      },
    }),
  );
  const bucket = { key: z.string(), doc_count: z.number() };
  const parsed = z
    .object({
      outcomes: z.object({
        buckets: z.array(z.object({ ...bucket, reasons: z.object({ buckets: z.array(z.object(bucket)) }) })),
      }),
    })
    .safeParse(aggregations);
  const buckets = parsed.success ? parsed.data.outcomes.buckets : [];
  const newest = z.object({ '@timestamp': z.string() }).safeParse(hits.hits[0]?._source);
  return {
    newest: newest.success ? newest.data['@timestamp'] : undefined,
    outcomes: buckets.flatMap(({ key, doc_count, reasons }) =>
      reasons.buckets.length === 0
        ? [{ name: key, count: doc_count }]
        : reasons.buckets.map((reason) => ({ name: `${key}: ${reason.key}`, count: reason.doc_count })),
    ),
  };
}

/** The newest entries of the audit stream. */
export async function newestAudit(client: Client, namespace: string): Promise<readonly AuditEntry[]> {
  const { hits } = await explaining('reading audit records', () =>
    client.search({
      index: `logs-ot_anomaly.audit-${namespace}`,
      size: AUDIT_MAX,
      sort: [{ '@timestamp': 'desc' }],
    }),
  );
  return hits.hits.flatMap(({ _source }) => {
    const parsed = auditSchema.safeParse(_source);
    if (!parsed.success) return [];
    const { message, event, ot_anomaly } = parsed.data;
    return [{ at: parsed.data['@timestamp'], message, action: event.action, part: ot_anomaly.audit.part }];
  });
}
