import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import { CRITICAL_SEVERITY } from '../decision/severity.js';
import type { Decision } from '../decision/standing.js';
import { alertsSince, anomalyStream } from '../elasticsearch/alertStore.js';
import { isPassing } from '../elasticsearch/bulkCreate.js';
import { caseStream, writeCaseNote } from '../elasticsearch/caseStore.js';
import { decidedAlerts, decisionsSince } from '../elasticsearch/decisionStore.js';
import { findExisting } from '../elasticsearch/findExisting.js';
import type { SidecarMetrics } from '../metrics/sidecarMetrics.js';
import type { Deliver } from '../sidecar/soar/deliver.js';
import { type Notification, ofAlert, ofDecision } from '../sidecar/soar/notifications.js';

export interface NotifyOptions {
  /** holds the `soar` key */
  readonly client: Client;
  readonly namespace: string;
  readonly deliver: Deliver;
  /** of the decision server, as people reach it */
  readonly url: string | undefined;
  readonly pollMs: number;
  /** how long a critical alert may wait for a decision */
  readonly overdueMs: number;
  readonly metrics: Pick<SidecarMetrics, 'notification'>;
  readonly log: Logger;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** What is older is no news any more. */
const WINDOW_MS = 24 * 3_600_000;
/** A message that the receiver refuses as it is can't be delivered; what it fails on may be, later. */
const REFUSALS_MAX = 5;
/** Statuses of a receiver that takes nothing now, whatever the message: no answer, too many requests, out of service. */
const AWAY: ReadonlySet<number> = new Set([0, 408, 429, 502, 503, 504]);
/** So many messages that it fails on in a row say the same. */
const FAILURES_IN_A_ROW = 10;
const IDS_A_SEARCH = 1_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/**
 * Tells a SOAR of undecided alerts and of decisions until the signal aborts: at least once, each under an id of its
 * own. What was delivered is noted in the case stream; a restart goes on from there.
 */
export async function notify(options: NotifyOptions): Promise<void> {
  const notifier = new Notifier(options);
  let failures = 0;
  while (!options.signal.aborted) {
    try {
      failures = (await notifier.poll()) ? 0 : failures + 1;
    } catch (error) {
      // Even a revoked key must not end the server that people decide at: it is said, and tried again.
      if (isPassing(error)) options.log.warn({ err: error }, 'Elasticsearch is away or busy; trying again');
      else options.log.error({ err: error }, 'notifications fail; trying again');
      failures += 1;
    }
    const ms = failures === 0 ? options.pollMs : pauseAfter(failures);
    await sleep(ms, undefined, { signal: options.signal }).catch(() => {}); // woken by the signal
  }
}

function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}

export class Notifier {
  readonly #options: NotifyOptions;
  readonly #settled = new Set<string>();
  /** of messages that were not taken: how often they were sent, and the time (ms) from which on they are again */
  readonly #tried = new Map<string, { readonly attempts: number; readonly notBefore: number }>();

  constructor(options: NotifyOptions) {
    this.#options = options;
  }

  /**
   * Sends what is due. A message that the receiver fails on is sent again after a pause of its own, and holds up no other.
   *
   * @returns false if the receiver takes nothing now: all that is left waits for another poll
   */
  async poll(): Promise<boolean> {
    let inARow = 0;
    for (const notification of await this.#due()) {
      const { signal, now } = this.#options;
      if (signal.aborted) return true;
      if ((this.#tried.get(notification.id)?.notBefore ?? 0) > now().getTime()) continue;
      const status = await this.#send(notification);
      if (status === undefined) inARow = 0;
      else if (AWAY.has(status) || ++inARow >= FAILURES_IN_A_ROW) return false;
    }
    return true;
  }

  async #due(): Promise<readonly Notification[]> {
    const { client, namespace, url, now, overdueMs } = this.#options;
    const since = new Date(now().getTime() - WINDOW_MS);
    const decided = await decidedAlerts(client, namespace, since);
    const found: Notification[] = [];
    for await (const page of alertsSince(client, namespace, since.toISOString()))
      for (const { alert, ingested } of page) {
        if (alert === undefined || decided.has(alert.id)) continue;
        found.push(ofAlert(alert, url));
        const waited = now().getTime() - Date.parse(ingested);
        if (alert.document.event.severity >= CRITICAL_SEVERITY && waited > overdueMs)
          found.push(ofAlert(alert, url, 'alert.overdue'));
      }
    const index = anomalyStream(namespace);
    const decisions = (await decisionsSince(client, namespace, since)).filter(({ blind }) => !blind);
    const byAlert = new Map<string, Decision[]>();
    for (const one of decisions) byAlert.set(one.alertId, [...(byAlert.get(one.alertId) ?? []), one]);
    for (const decision of [...decisions].reverse()) {
      const { alertId } = decision;
      found.push(ofDecision(decision, { id: alertId, index }, url, byAlert.get(alertId) ?? []));
    }
    const open = found.filter(({ id }) => !this.#settled.has(id));
    for (let i = 0; i < open.length; i += IDS_A_SEARCH) {
      const ids = open.slice(i, i + IDS_A_SEARCH).map(({ id }) => id);
      for (const id of await findExisting(client, [caseStream(namespace)], ids)) this.#settled.add(id);
    }
    const current = new Set(found.map(({ id }) => id));
    // Past the window, or decided meanwhile.
    for (const id of this.#settled) if (!current.has(id)) this.#settled.delete(id);
    for (const id of this.#tried.keys()) if (!current.has(id)) this.#tried.delete(id);
    return open.filter(({ id }) => !this.#settled.has(id));
  }

  /** @returns the receiver's status if the message is to be sent again */
  async #send(notification: Notification): Promise<number | undefined> {
    const { deliver, now, metrics, log } = this.#options;
    const { id, type } = notification;
    const attempts = (this.#tried.get(id)?.attempts ?? 0) + 1;
    const status = await deliver(notification, now());
    const taken = status >= 200 && status < 300;
    const refused = status >= 300 && status < 500 && !AWAY.has(status);
    if (!taken && !(refused && attempts >= REFUSALS_MAX)) {
      const notBefore = AWAY.has(status) ? 0 : now().getTime() + pauseAfter(attempts);
      this.#tried.set(id, { attempts, notBefore });
      metrics.notification('failed');
      log.warn({ event: { id, action: type }, http: { response: { status_code: status } } }, 'not delivered');
      return status;
    }
    metrics.notification(taken ? 'delivered' : 'given_up');
    await writeCaseNote(
      this.#options.client,
      this.#options.namespace,
      {
        id,
        action: taken ? 'notification-delivered' : 'notification-given-up',
        message: taken ? `The SOAR was told: ${type}` : `The SOAR refused ${attempts} times: ${type}`,
        alert: notification.alert,
        fields: { notification: { id, type, attempts, status } },
      },
      now(),
    );
    this.#settled.add(id);
    this.#tried.delete(id);
    return undefined;
  }
}
