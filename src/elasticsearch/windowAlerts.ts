import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { SHIFT_SECONDS } from '../anomaly/group.js';
import { attackTraffic, type Sighting } from '../governance/retrain/attackTraffic.js';
import {
  confirmedAttacks,
  type DecisionFact,
  individuallyDecided,
} from '../governance/retrain/reviewedAlerts.js';
import { type Query, type Traffic, trafficQuery } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import { ABOUT_THE_ALERT } from './decisionStore.js';
import { explaining } from './errors.js';
import { PointInTime } from './pointInTime.js';

const PAGE = 1_000;
const alertSource = z.object({
  '@timestamp': z.string(),
  ot_anomaly: z.object({ group: z.object({ id: z.string() }).optional() }),
});
const decisionSource = z.object({
  user: z.object({ name: z.string() }),
  event: z.object({ ingested: z.string() }),
  ot_anomaly: z.object({
    alert: z.object({ id: z.string() }),
    decision: z.object({ action: z.string() }),
  }),
});
const rowSource = z.object({
  '@timestamp': z.string(),
  source: z.object({ address: z.string() }),
  destination: z.object({ address: z.string(), port: z.number() }),
  ot_anomaly: z.object({ group: z.object({ id: z.string() }), zeek: z.object({ id: z.string() }) }),
});

/** Rows of confirmed attacks: those that documents name, and the traffic of their groups, which counted the others. */
export interface AttackRows {
  /** ids of source rows */
  readonly ids: readonly string[];
  readonly traffic: readonly Traffic[];
}

/** What people have said of the alerts of a window. */
export interface WindowAlerts {
  readonly alerts: number;
  /** no decision of a person on this alert alone */
  readonly undecided: number;
  /** rows of confirmed attacks: they never train */
  readonly attacks: AttackRows;
}

/**
 * Reads the alerts of a window of source time, and the decisions on them.
 *
 * @param from ISO 8601, inclusive
 * @param to ISO 8601, exclusive
 */
export async function readWindowAlerts(
  client: Client,
  namespace: string,
  from: string,
  to: string,
): Promise<WindowAlerts> {
  const anomalies = `logs-ot_anomaly.anomaly-${namespace}`;
  const alerts = new Map<string, string | undefined>();
  const isAlert = { term: { 'event.kind': 'alert' } };
  // A group that began in the shift before reaches into the window.
  const earlier = new Date(Date.parse(from) - SHIFT_SECONDS * 1000).toISOString();
  const near = [isAlert, { range: { '@timestamp': { gte: earlier, lt: to } } }];
  const inWindow: string[] = [];
  await each(client, anomalies, near, ['@timestamp', 'ot_anomaly.group.id'], (id, source) => {
    const alert = alertSource.safeParse(source).data;
    alerts.set(id, alert?.ot_anomaly.group?.id);
    if (alert === undefined || Date.parse(alert['@timestamp']) >= Date.parse(from)) inWindow.push(id);
  });
  const decisions = await readDecisions(client, namespace);
  const decided = individuallyDecided(decisions);
  const groups = [...confirmedAttacks(decisions)].flatMap((id) => alerts.get(id) ?? []);
  return {
    alerts: inWindow.length,
    undecided: inWindow.filter((id) => !decided.has(id)).length,
    attacks: await attackRows(client, anomalies, groups),
  };
}

/** As queries that match every row of the attacks. */
export function attackQueries({ ids, traffic }: AttackRows, profile: IndexProfile): readonly Query[] {
  return [
    ...(ids.length === 0 ? [] : [{ ids: { values: [...ids] } }]),
    ...traffic.map((one) => trafficQuery(profile, one)),
  ];
}

/** @param groups ids of the groups of confirmed attacks */
async function attackRows(client: Client, anomalies: string, groups: readonly string[]): Promise<AttackRows> {
  if (groups.length === 0) return { ids: [], traffic: [] };
  const ids = new Set<string>();
  const sightings = new Map<string, Sighting[]>();
  const query = [{ terms: { 'ot_anomaly.group.id': [...groups] } }];
  const fields = ['@timestamp', 'source', 'destination', 'ot_anomaly.group.id', 'ot_anomaly.zeek.id'];
  await each(client, anomalies, query, fields, (_, found) => {
    const row = rowSource.safeParse(found);
    if (!row.success) return;
    const { source, destination, ot_anomaly } = row.data;
    ids.add(ot_anomaly.zeek.id);
    const ends = { source: source.address, destination: destination.address, port: destination.port };
    const ts = Date.parse(row.data['@timestamp']) / 1000;
    sightings.set(ot_anomaly.group.id, [...(sightings.get(ot_anomaly.group.id) ?? []), { ...ends, ts }]);
  });
  return { ids: [...ids].sort(), traffic: [...sightings.values()].flatMap(attackTraffic) };
}

/** Every decision of a site on an alert itself, with the author and time that Elasticsearch stamped. */
export async function readDecisions(client: Client, namespace: string): Promise<readonly DecisionFact[]> {
  const decisions: DecisionFact[] = [];
  await each(client, `logs-ot_anomaly.decision-${namespace}`, [ABOUT_THE_ALERT], undefined, (_, source) => {
    const parsed = decisionSource.safeParse(source);
    if (!parsed.success) return;
    const { user, event, ot_anomaly } = parsed.data;
    decisions.push({
      alertId: ot_anomaly.alert.id,
      action: ot_anomaly.decision.action,
      author: user.name,
      at: Date.parse(event.ingested),
    });
  });
  return decisions;
}

async function each(
  client: Client,
  index: string,
  filter: object[],
  fields: string[] | undefined,
  visit: (id: string, source: unknown) => void,
): Promise<void> {
  await explaining(`reading ${index}`, async () => {
    const pit = await PointInTime.open(client, index);
    try {
      const pages = pit.pages({
        size: PAGE,
        ...(fields === undefined ? {} : { _source: fields }),
        query: { bool: { filter } },
        sort: [{ '@timestamp': 'asc' }],
      });
      for await (const page of pages) for (const { id, source } of page) visit(id, source);
    } finally {
      await pit.close().catch(() => {}); // it expires by itself
    }
  });
}
