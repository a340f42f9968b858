import type { Client } from '@elastic/elasticsearch';
import { CRITICAL_SEVERITY } from '../decision/severity.js';
import { isVerdict } from '../decision/standing.js';
import { alertQueue } from '../elasticsearch/alertQueue.js';
import { decidedAlerts, decisionsSince } from '../elasticsearch/decisionStore.js';

const DAY_MS = 86_400_000;
const INCIDENT_MS = DAY_MS;
const LOOK_BACK_MS = 30 * DAY_MS;

/**
 * Whether this is no time for exercises: a critical alert waits, or somebody escalated one within a day.
 */
export async function incidentIsOpen(client: Client, namespace: string, now: Date): Promise<boolean> {
  const since = new Date(now.getTime() - LOOK_BACK_MS);
  const recent = await decisionsSince(client, namespace, new Date(now.getTime() - INCIDENT_MS));
  if (recent.some(({ action }) => action === 'escalate')) return true;
  const without = await decidedAlerts(client, namespace, since);
  const filter = { since, without, severity: CRITICAL_SEVERITY, protocol: '', address: '', page: 0 };
  return (await alertQueue(client, namespace, filter)).total > 0;
}

/**
 * An alert that others decided and this person never did: to be judged again without knowing how, or what an AI thinks.
 *
 * @param chance a number from 0 to 1 that draws one
 * @returns its id; undefined if there is none
 */
export async function drawBlindCheck(
  client: Client,
  namespace: string,
  by: string,
  now: Date,
  chance: number,
): Promise<string | undefined> {
  const decisions = await decisionsSince(client, namespace, new Date(now.getTime() - LOOK_BACK_MS));
  const own = new Set(decisions.filter((one) => one.by === by).map(({ alertId }) => alertId));
  const candidates = [
    ...new Set(
      decisions
        .filter(({ action, blind, alertId }) => isVerdict(action) && !blind && !own.has(alertId))
        .map(({ alertId }) => alertId),
    ),
  ].sort();
  return candidates[Math.min(candidates.length - 1, Math.floor(chance * candidates.length))];
}
