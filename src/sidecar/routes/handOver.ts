import type { Client } from '@elastic/elasticsearch';
import { Router } from 'express';
import { z } from 'zod';
import { CRITICAL_SEVERITY } from '../../decision/severity.js';
import { standingOf } from '../../decision/standing.js';
import { alertQueue, alertsById } from '../../elasticsearch/alertQueue.js';
import { decidedAlerts, decisionsOn, decisionsSince } from '../../elasticsearch/decisionStore.js';
import { draftsSince } from '../../elasticsearch/opinionStore.js';
import { sessionOf } from '../guard.js';
import { show } from '../pages.js';
import type { Site } from '../site.js';
import { pendingOf } from './approvals.js';

const HOUR_MS = 3_600_000;
/** Undecided alerts of this many days stand in the hand-over. */
const WAITING_DAYS = 30;

const querySchema = z.object({
  hours: z.coerce
    .number()
    .pipe(z.literal([8, 12, 24]))
    .catch(8),
});

/** What one shift tells the next: decided, in conflict, waiting, and critical alerts that wait too long. */
export function handOverRoute(site: Site): Router {
  const router = Router();
  router.get('/hand-over', async (request, response) => {
    const session = sessionOf(response);
    const { client } = session;
    const { namespace } = site;
    const { hours } = querySchema.parse(request.query);
    const now = site.now().getTime();
    const decided = await decisionsSince(client, namespace, new Date(now - hours * HOUR_MS));
    const touched = [...new Set(decided.map(({ alertId }) => alertId))];
    const [alerts, all, waiting, drafts] = await Promise.all([
      alertsById(client, namespace, touched),
      decisionsOn(client, namespace, touched),
      undecided(client, site, now),
      draftsSince(client, namespace, new Date(now - WAITING_DAYS * 24 * HOUR_MS)),
    ]);
    const conflicts = touched.filter(
      (id) => standingOf(all.filter(({ alertId }) => alertId === id)) === 'conflict',
    );
    show(site, response, session, 'handOver', {
      title: 'Shift hand-over',
      hours,
      decided: decided.map((decision) => ({ ...decision, alert: alerts.get(decision.alertId) })),
      conflicts: conflicts.map((id) => ({ id, alert: alerts.get(id) })),
      waiting: waiting.all,
      overdue: waiting.overdue,
      overdueMinutes: site.settings.overdueMinutes,
      drafts: (await pendingOf(client, namespace, drafts)).length,
    });
  });
  return router;
}

async function undecided(client: Client, site: Site, now: number) {
  const since = new Date(now - WAITING_DAYS * 24 * HOUR_MS);
  const without = await decidedAlerts(client, site.namespace, since);
  const filter = { since, without, protocol: '', address: '', page: 0 };
  const [all, critical] = await Promise.all([
    alertQueue(client, site.namespace, { ...filter, severity: 0 }),
    alertQueue(client, site.namespace, {
      ...filter,
      severity: CRITICAL_SEVERITY,
      until: new Date(now - site.settings.overdueMinutes * 60_000),
    }),
  ]);
  return { all, overdue: critical };
}
