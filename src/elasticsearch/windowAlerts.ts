import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import {
  confirmedAttacks,
  type DecisionFact,
  individuallyDecided,
} from '../governance/retrain/reviewedAlerts.js';
import { ABOUT_THE_ALERT } from './decisionStore.js';
import { explaining } from './errors.js';
import { PointInTime } from './pointInTime.js';

const PAGE = 1_000;
const alertSource = z.object({ ot_anomaly: z.object({ group: z.object({ id: z.string() }).optional() }) });
const decisionSource = z.object({
  user: z.object({ name: z.string() }),
  event: z.object({ ingested: z.string() }),
  ot_anomaly: z.object({
    alert: z.object({ id: z.string() }),
    decision: z.object({ action: z.string() }),
  }),
});
const rowSource = z.object({ ot_anomaly: z.object({ zeek: z.object({ id: z.string() }) }) });

/** What people have said of the alerts of a window. */
export interface WindowAlerts {
  readonly alerts: number;
  /** no decision of a person on this alert alone */
  readonly undecided: number;
  /** ids of source rows of confirmed attacks: they never train */
  readonly attackRows: readonly string[];
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
  const inWindow = [{ term: { 'event.kind': 'alert' } }, { range: { '@timestamp': { gte: from, lt: to } } }];
  await each(client, anomalies, inWindow, ['ot_anomaly.group.id'], (id, source) => {
    alerts.set(id, alertSource.safeParse(source).data?.ot_anomaly.group?.id);
  });
  const decisions = await readDecisions(client, namespace);
  const decided = individuallyDecided(decisions);
  const groups = [...confirmedAttacks(decisions)].flatMap((id) => alerts.get(id) ?? []);
  const attackRows: string[] = [];
  if (groups.length > 0) {
    await each(
      client,
      anomalies,
      [{ terms: { 'ot_anomaly.group.id': groups } }],
      ['ot_anomaly.zeek.id'],
      (_, source) => {
        const row = rowSource.safeParse(source);
        if (row.success) attackRows.push(row.data.ot_anomaly.zeek.id);
      },
    );
  }
  return {
    alerts: alerts.size,
    undecided: [...alerts.keys()].filter((id) => !decided.has(id)).length,
    attackRows: [...new Set(attackRows)].sort(),
  };
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
