import type { Logger } from 'pino';
import { readinessOf } from '../elasticsearch/readiness.js';
import { listen } from '../sidecar/listen.js';
import { decisionServer } from '../sidecar/server.js';
import type { Site } from '../sidecar/site.js';
import { delivery } from '../sidecar/soar/deliver.js';
import { notify } from './notify.js';

const GRACE_MS = 10_000;
const SWEEP_MS = 60_000;
const NOTIFY_POLL_MS = 2_000;

export interface ServeOptions {
  readonly site: Site;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onListening?: (url: string) => void;
}

/** Runs the decision server until the signal aborts; then ends requests in order and forgets every session. */
export async function serveDecisions({ site, log, signal, onListening }: ServeOptions): Promise<void> {
  const app = decisionServer(site, readinessOf(site.elasticsearch));
  const server = await listen(app, site.settings);
  log.info({ url: { full: server.url } }, 'decision server listens');
  onListening?.(server.url);
  const told = tellSoar(site, signal);
  const sweep = setInterval(() => site.sessions.sweep(), SWEEP_MS);
  try {
    await new Promise<void>((stop) => {
      if (signal.aborted) stop();
      else signal.addEventListener('abort', () => stop(), { once: true });
    });
    await told;
  } finally {
    clearInterval(sweep);
    await server.close(GRACE_MS);
    site.sessions.closeAll();
    log.info('decision server stopped');
  }
}

/** Settles when the signal aborts. */
async function tellSoar(
  { settings, soar, namespace, metrics, log, now }: Site,
  signal: AbortSignal,
): Promise<void> {
  if (settings.notify === undefined || soar === undefined) return;
  const deliver = delivery(settings.notify, signal);
  const url = settings.publicUrl;
  const overdueMs = settings.overdueMinutes * 60_000;
  const pollMs = NOTIFY_POLL_MS;
  await notify({ client: soar, namespace, deliver, url, pollMs, overdueMs, metrics, log, now, signal });
}
