import type { Client, estypes } from '@elastic/elasticsearch';
import { z } from 'zod';
import { type Alert, alertSchema } from '../triage/alert.js';
import type { EarlierAlert, HumanDecision } from '../triage/input.js';
import { BLIND_CHECK, decisionStream } from './decisionStore.js';
import { explaining } from './errors.js';
import { PointInTime } from './pointInTime.js';

/** An alert as it was found, whether or not it can be read. */
export interface FoundAlert {
  readonly id: string;
  readonly ingested: string;
  readonly alert: Alert | undefined;
}

/** The source row is kept in an alert as it came from the network; nobody here needs it. */
const WITHOUT_ROW = { excludes: ['ot_anomaly.zeek.document'] };
const NANOS = 'strict_date_optional_time_nanos';
const HISTORY_MAX = 10;
const DAY_MS = 86_400_000;
const ALERTS: estypes.QueryDslQueryContainer = { term: { 'event.kind': 'alert' } };

const decisionSchema = z.object({
  '@timestamp': z.string(),
  ot_anomaly: z.object({
    alert: z.object({ id: z.string() }),
    decision: z.object({ action: z.string(), justification: z.string().default('') }),
  }),
});

export function anomalyStream(namespace: string): string {
  return `logs-ot_anomaly.anomaly-${namespace}`;
}

/** Alerts that arrived at or after `since`, oldest first. */
export async function* alertsSince(
  client: Client,
  namespace: string,
  since: string,
  pageSize = 500,
): AsyncGenerator<readonly FoundAlert[]> {
  const index = anomalyStream(namespace);
  const pit = await explaining(`reading ${index}`, () => PointInTime.open(client, index));
  try {
    const pages = pit.pages({
      size: pageSize,
      _source: WITHOUT_ROW,
      query: { bool: { filter: [ALERTS, { range: { 'event.ingested': { gte: since } } }] } },
      sort: [{ 'event.ingested': { order: 'asc', format: NANOS } }],
    });
    for (;;) {
      const { done, value } = await explaining(`reading ${index}`, () => pages.next());
      if (done === true) return;
      yield value.map(({ id, source, sort }) => ({
        id,
        ingested: String(sort[0]),
        alert: toAlert(id, index, source),
      }));
    }
  } finally {
    await pit.close().catch(() => {}); // it expires by itself
  }
}

/** One alert by its id, in whichever backing index. */
export async function readAlert(client: Client, namespace: string, id: string): Promise<Alert | undefined> {
  const index = anomalyStream(namespace);
  const { hits } = await explaining('reading an alert', () =>
    client.search({
      index,
      size: 1,
      _source: WITHOUT_ROW,
      query: { bool: { filter: [ALERTS, { ids: { values: [id] } }] } },
    }),
  );
  return toAlert(id, index, hits.hits[0]?._source);
}

export function toAlert(id: string, index: string, source: unknown): Alert | undefined {
  const parsed = alertSchema.safeParse(source);
  return parsed.success ? { id, index, document: parsed.data } : undefined;
}

/** Alerts of the same two hosts in the 24 hours before this one, newest first, with what people decided of them. */
export async function pairHistory(
  client: Client,
  namespace: string,
  alert: Alert,
): Promise<{ readonly history: readonly EarlierAlert[]; readonly total: number }> {
  const { document } = alert;
  const pair = [document.source?.address ?? '', document.destination?.address ?? ''];
  const to = Date.parse(document['@timestamp']);
  const response = await explaining('reading the history of a pair of hosts', () =>
    client.search({
      index: anomalyStream(namespace),
      size: HISTORY_MAX,
      track_total_hits: true,
      _source: WITHOUT_ROW,
      query: {
        bool: {
          filter: [
            ALERTS,
            { terms: { 'source.address': pair } },
            { terms: { 'destination.address': pair } },
            {
              range: {
                '@timestamp': { gte: new Date(to - DAY_MS).toISOString(), lte: new Date(to).toISOString() },
              },
            },
          ],
          must_not: [{ ids: { values: [alert.id] } }],
        },
      },
      sort: [{ '@timestamp': 'desc' }],
    }),
  );
  const found = response.hits.hits.flatMap(
    ({ _id = '', _source }) => toAlert(_id, alert.index, _source) ?? [],
  );
  const decisions = await humanDecisions(
    client,
    namespace,
    found.map(({ id }) => id),
  );
  const total = response.hits.total;
  return {
    total: typeof total === 'number' ? total : (total?.value ?? found.length),
    history: found.map(({ id, document: earlier }) => ({
      time: earlier['@timestamp'],
      detector: earlier.ot_anomaly.detector,
      summary: earlier.message,
      severity: earlier.event.severity,
      decisions: decisions.get(id) ?? [],
    })),
  };
}

async function humanDecisions(
  client: Client,
  namespace: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly HumanDecision[]>> {
  const decisions = new Map<string, HumanDecision[]>();
  if (ids.length === 0) return decisions;
  const { hits } = await explaining('reading decisions', () =>
    client.search({
      index: decisionStream(namespace),
      size: 100,
      query: {
        bool: {
          filter: [{ terms: { 'ot_anomaly.alert.id': [...ids] } }],
          must_not: [BLIND_CHECK],
        },
      },
      sort: [{ '@timestamp': 'desc' }],
    }),
  );
  for (const { _source } of hits.hits) {
    const parsed = decisionSchema.safeParse(_source);
    if (!parsed.success) continue;
    const { alert, decision } = parsed.data.ot_anomaly;
    const known = decisions.get(alert.id) ?? [];
    decisions.set(alert.id, [...known, { time: parsed.data['@timestamp'], ...decision }]);
  }
  return decisions;
}
