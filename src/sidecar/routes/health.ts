import { Router } from 'express';
import { scorers, triageState } from '../../elasticsearch/operations.js';
import { sessionOf } from '../guard.js';
import { show } from '../pages.js';
import type { Site } from '../site.js';

/** A scorer writes a heartbeat every few seconds; silent for this long, it is not running. */
const SILENT_MS = 2 * 60_000;

/** How the parts are, as far as what they wrote tells. */
export function healthRoute(site: Site): Router {
  const router = Router();
  router.get('/health', async (_request, response) => {
    const session = sessionOf(response);
    const { client } = session;
    const [running, triage] = await Promise.all([
      scorers(client, site.namespace),
      triageState(client, site.namespace),
    ]);
    const now = site.now().getTime();
    show(site, response, session, 'health', {
      title: 'Health',
      scorers: running.map((scorer) => ({ ...scorer, silent: now - Date.parse(scorer.at) > SILENT_MS })),
      triage,
      sessions: site.sessions.size,
      webhook: site.settings.soarSecrets.length > 0,
      notifications: site.settings.notify !== undefined,
    });
  });
  return router;
}
