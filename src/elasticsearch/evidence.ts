import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { explaining } from './errors.js';
import { type Hit, PointInTime } from './pointInTime.js';

/** A document as it was found, to be kept. */
export interface EvidenceDocument {
  readonly index: string;
  readonly id: string;
  readonly source: unknown;
}

const PAGE = 500;
/** Streams whose documents name the alert that they are about. */
const ABOUT_ALERTS = ['triage', 'recommendation', 'decision', 'case'] as const;
const anomaly = z.object({
  ot_anomaly: z.object({
    group: z.object({ id: z.string() }).optional(),
    model: z.object({ sha256: z.string() }).optional(),
    zeek: z.object({ index: z.string(), id: z.string() }).optional(),
  }),
});

/** Ids of alerts whose traffic lies in a span. @param from ISO 8601, included @param to excluded */
export async function alertsBetween(
  client: Client,
  namespace: string,
  from: string,
  to: string,
): Promise<readonly string[]> {
  const filter = [{ term: { 'event.kind': 'alert' } }, { range: { '@timestamp': { gte: from, lt: to } } }];
  const found = await all(client, `logs-ot_anomaly.anomaly-${namespace}`, { bool: { filter } });
  return found.map(({ id }) => id);
}

/**
 * Everything that the cluster holds of alerts: the alerts, all records of their groups, the source rows, opinions, drafts,
 * decisions, case notes, and the audit records of their models.
 */
export async function readEvidence(
  client: Client,
  namespace: string,
  alertIds: readonly string[],
): Promise<readonly EvidenceDocument[]> {
  const stream = (name: string) => `logs-ot_anomaly.${name}-${namespace}`;
  const alerts = await all(client, stream('anomaly'), { ids: { values: [...alertIds] } });
  const said = alerts.flatMap(({ source }) => anomaly.safeParse(source).data?.ot_anomaly ?? []);
  const groups = [...new Set(said.flatMap(({ group }) => group?.id ?? []))];
  const signs =
    groups.length === 0
      ? []
      : await all(client, stream('anomaly'), { terms: { 'ot_anomaly.group.id': groups } });
  const about: EvidenceDocument[] = [];
  for (const name of ABOUT_ALERTS)
    about.push(...(await all(client, stream(name), { terms: { 'ot_anomaly.alert.id': [...alertIds] } })));
  const rows = await sourceRows(client, [...alerts, ...signs]);
  const models = [...new Set(said.flatMap(({ model }) => model?.sha256 ?? []))];
  const records =
    models.length === 0
      ? []
      : await all(client, stream('audit'), { terms: { 'ot_anomaly.audit.model_sha256': models } });
  return distinct([...alerts, ...signs, ...rows, ...about, ...records]);
}

/** Documents of the incident itself. */
export async function incidentDocuments(
  client: Client,
  namespace: string,
  incident: string,
): Promise<readonly EvidenceDocument[]> {
  return all(client, `logs-ot_anomaly.incident-${namespace}`, {
    term: { 'ot_anomaly.incident.id': incident },
  });
}

async function sourceRows(
  client: Client,
  anomalies: readonly EvidenceDocument[],
): Promise<readonly EvidenceDocument[]> {
  const byIndex = new Map<string, Set<string>>();
  for (const { source } of anomalies) {
    const zeek = anomaly.safeParse(source).data?.ot_anomaly.zeek;
    if (zeek === undefined) continue;
    const ids = byIndex.get(zeek.index) ?? new Set();
    byIndex.set(zeek.index, ids.add(zeek.id));
  }
  const rows: EvidenceDocument[] = [];
  for (const [index, ids] of byIndex) rows.push(...(await all(client, index, { ids: { values: [...ids] } })));
  return rows;
}

async function all(client: Client, index: string, query: object): Promise<readonly EvidenceDocument[]> {
  return explaining(`reading ${index}`, async () => {
    const pit = await PointInTime.open(client, index);
    const found: Hit[] = [];
    try {
      for await (const page of pit.pages({ size: PAGE, query, sort: [{ '@timestamp': 'asc' }] }))
        found.push(...page);
    } finally {
      await pit.close().catch(() => {}); // it expires by itself
    }
    return found.map(({ index: backing, id, source }) => ({ index: backing, id, source }));
  });
}

function distinct(documents: readonly EvidenceDocument[]): readonly EvidenceDocument[] {
  const byKey = new Map(documents.map((document) => [`${document.index} ${document.id}`, document]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, document]) => document);
}
