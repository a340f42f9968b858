import { Router } from 'express';
import { z } from 'zod';
import { incidentIsOpen } from '../../app/blindCheck.js';
import { standingOf } from '../../decision/standing.js';
import { alertQueue, QUEUE_PAGE_SIZE } from '../../elasticsearch/alertQueue.js';
import { decidedAlerts, decisionsOn } from '../../elasticsearch/decisionStore.js';
import { newAssetAlerts } from '../../elasticsearch/newAssetAlerts.js';
import { opinionsOn } from '../../elasticsearch/opinionStore.js';
import { PROTOCOLS } from '../../features/protocol.js';
import { sessionOf } from '../guard.js';
import { show } from '../pages.js';
import type { Site } from '../site.js';

const DAY_MS = 86_400_000;

/** A filter that makes no sense is left out, not an error: the queue must always open. */
const filterSchema = z.object({
  show: z.enum(['undecided', 'all']).catch('undecided'),
  days: z.coerce
    .number()
    .pipe(z.literal([1, 7, 30]))
    .catch(7),
  severity: z.coerce
    .number()
    .pipe(z.literal([0, 47, 73, 99]))
    .catch(0),
  protocol: z.enum(['', ...PROTOCOLS]).catch(''),
  address: z.string().trim().max(100).catch(''),
  page: z.coerce.number().int().min(0).max(199).catch(0),
});

/** What waits for a decision: newest first, with how many there are and how long the oldest has waited. */
export function queueRoute(site: Site): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const session = sessionOf(response);
    const { client } = session;
    const { namespace } = site;
    const filter = filterSchema.parse(request.query);
    const since = new Date(site.now().getTime() - filter.days * DAY_MS);
    const all = filter.show === 'all';
    const decided = all ? new Set<string>() : await decidedAlerts(client, namespace, since);
    const lists = all ? [] : site.newAssets();
    const ofNewAssets = await newAssetAlerts(client, namespace, lists, since);
    const without = new Set([...decided, ...ofNewAssets]);
    const queue = await alertQueue(client, namespace, { ...filter, since, without });
    const ids = queue.alerts.map(({ id }) => id);
    const [decisions, opinions] = await Promise.all([
      decisionsOn(client, namespace, ids),
      opinionsOn(client, namespace, ids),
    ]);
    const rows = queue.alerts.map((alert) => ({
      alert,
      standing: standingOf(decisions.filter(({ alertId }) => alertId === alert.id)),
      opinion: opinions.get(alert.id)?.[0],
    }));
    const link = (page: number) => {
      const { show, days, severity, protocol, address } = filter;
      return `/?${new URLSearchParams({ show, days: String(days), severity: String(severity), protocol, address, page: String(page) })}`;
    };
    const offered =
      site.chance() < site.settings.blindCheckShare && !(await incidentIsOpen(client, namespace, site.now()));
    show(site, response, session, 'queue', {
      blindCheck: offered,
      title: 'Queue',
      rows,
      filter,
      total: queue.total,
      newAssets: lists,
      leftOut: [...ofNewAssets].filter((id) => !decided.has(id)).length,
      oldest: queue.oldest,
      protocols: PROTOCOLS,
      from: filter.page * QUEUE_PAGE_SIZE + 1,
      newer: filter.page > 0 ? link(filter.page - 1) : '',
      older: (filter.page + 1) * QUEUE_PAGE_SIZE < queue.total ? link(filter.page + 1) : '',
    });
  });
  return router;
}
