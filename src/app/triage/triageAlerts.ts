import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import { Inventory } from '../../anomaly/assetContext.js';
import { alertsSince, anomalyStream, pairHistory, readAlert } from '../../elasticsearch/alertStore.js';
import { readAssets } from '../../elasticsearch/assetStore.js';
import { isPassing, type NewDocument } from '../../elasticsearch/bulkCreate.js';
import { findExisting } from '../../elasticsearch/findExisting.js';
import { activeMaintenance } from '../../elasticsearch/maintenanceStore.js';
import { createAll, requestsSince, tokensOfDay, triageStream } from '../../elasticsearch/triageStore.js';
import { BoundedQueue } from '../../llm/boundedQueue.js';
import type { Alert } from '../../triage/alert.js';
import { annotationDocument, draftDocument } from '../../triage/annotation.js';
import type { SkipReason } from '../../triage/fallback.js';
import { annotationId, draftId } from '../../triage/ids.js';
import { deadline } from './deadline.js';
import { baseFacts, failed, formOpinion, type Opinion, type OpinionParts, skipped } from './formOpinion.js';

export interface TriageOptions extends Omit<OpinionParts, 'ask'> {
  readonly client: Client;
  readonly namespace: string;
  /** undefined: there is no key for an LLM */
  readonly ask: OpinionParts['ask'] | undefined;
  readonly pollMs: number;
  /** how far back unannotated alerts are looked for at a start */
  readonly windowHours: number;
  readonly now: () => Date;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onReady?: () => void;
  readonly onWritten?: (opinion: Opinion, latencyMs: number) => void;
  /** alerts that wait for the LLM or are being asked about */
  readonly onWaiting?: (count: number) => void;
}

interface Job {
  readonly alert: Alert;
  readonly request: string | undefined;
  readonly pickedUpAt: number;
}

const OVERLAP_MS = 5_000;
const HOUR_MS = 3_600_000;
const INVENTORY_REFRESH_MS = 60_000;
const PAUSE_AFTER_FAULT_MS = 1_000;
/** Anybody may rely on ids for longer than the window; memory may not. */
const REMEMBERED_MAX = 100_000;

/**
 * Annotates new alerts until the signal aborts. Its place is what is written: at a start it looks for alerts of the
 * last hours that have no annotation. Alerts neither wait for it nor change by it.
 *
 * @throws {ElasticsearchError} what waiting can't mend: wrong key, missing right, missing streams
 */
export async function triageAlerts(options: TriageOptions): Promise<void> {
  const worker = new TriageWorker(options);
  await worker.start();
  let first = true;
  while (!options.signal.aborted) {
    try {
      await worker.poll();
      if (first) options.onReady?.();
      first = false;
    } catch (error) {
      if (!isPassing(error)) throw error;
      options.log.warn({ err: error }, 'Elasticsearch is away or busy; trying again');
      await pause(PAUSE_AFTER_FAULT_MS, options.signal);
    }
    await pause(options.pollMs, options.signal);
  }
  await worker.stop();
}

export class TriageWorker {
  readonly #options: TriageOptions;
  readonly #queue: BoundedQueue<Job>;
  readonly #handled = new Set<string>();
  #inventory = new Inventory([]);
  #inventoryReadAt = Number.NEGATIVE_INFINITY;
  #since: string;
  /** drafts come before the annotation that marks an alert as done */
  #drafts: NewDocument[] = [];
  #annotations: NewDocument[] = [];

  constructor(options: TriageOptions) {
    this.#options = options;
    this.#since = new Date(options.now().getTime() - options.windowHours * HOUR_MS).toISOString();
    this.#queue = new BoundedQueue(options.settings.queue, options.settings.concurrency, (job) =>
      this.#triage(job),
    );
  }

  async start(): Promise<void> {
    const { client, namespace, cap, now, log, settings } = this.#options;
    cap.restore(now(), await tokensOfDay(client, namespace, now()));
    log.info({ model: settings.model, since: this.#since }, 'triage started');
  }

  /** Picks up what has arrived; returns when everything is queued or annotated as skipped, not when it is answered. */
  async poll(): Promise<void> {
    await this.#write();
    await this.#refreshInventory();
    const { client, namespace, signal } = this.#options;
    let newest = this.#since;
    for await (const page of alertsSince(client, namespace, this.#since)) {
      const fresh = page.filter(({ id }) => !this.#handled.has(annotationId(id)));
      const ids = fresh.map(({ id }) => annotationId(id));
      const done = await findExisting(client, [triageStream('triage', namespace)], ids);
      for (const { id, alert } of fresh) {
        this.#remember(annotationId(id));
        if (done.has(annotationId(id))) continue;
        if (alert === undefined) this.#unreadable(id);
        else this.#take(alert, undefined);
      }
      newest = page.at(-1)?.ingested ?? newest;
      await this.#write();
      if (signal.aborted) return;
    }
    await this.#takeRequests();
    const overlap = new Date(Date.parse(newest) - OVERLAP_MS).toISOString();
    if (overlap > this.#since) this.#since = overlap;
    this.#options.onWaiting?.(this.#queue.waiting + this.#queue.running);
    await this.#write();
  }

  /** Ends what is running, marks what is waiting as skipped, and writes both. */
  async stop(): Promise<void> {
    for (const job of this.#queue.drain()) this.#skip(job, 'shutting_down');
    await this.#queue.idle();
    await this.#write();
    this.#options.log.info('triage stopped');
  }

  async #takeRequests(): Promise<void> {
    const { client, namespace } = this.#options;
    const requests = await requestsSince(client, namespace, this.#since);
    const open = requests.filter(
      ({ alertId, request }) => !this.#handled.has(annotationId(alertId, request)),
    );
    const ids = open.map(({ alertId, request }) => annotationId(alertId, request));
    const done = await findExisting(client, [triageStream('triage', namespace)], ids);
    for (const { alertId, request } of open) {
      const id = annotationId(alertId, request);
      const alert = done.has(id) ? undefined : await readAlert(client, namespace, alertId);
      this.#remember(id);
      if (alert !== undefined) this.#take(alert, request);
    }
  }

  #take(alert: Alert, request: string | undefined): void {
    const { settings, ask } = this.#options;
    const job = { alert, request, pickedUpAt: this.#options.now().getTime() };
    if (!settings.enabled) this.#skip(job, 'switched_off');
    else if (ask === undefined) this.#settle(job, failed('no_key', '', baseFacts(this.#options)));
    else if (!this.#queue.offer(job)) this.#skip(job, 'queue_full');
  }

  async #triage(job: Job): Promise<void> {
    const { settings, now, signal, ask, log } = this.#options;
    const left = settings.slaMs - (now().getTime() - job.pickedUpAt);
    if (ask === undefined || left <= 0) {
      this.#skip(job, 'waited_too_long');
      return;
    }
    const limit = deadline(left, signal);
    try {
      const opinion = await withinSignal(this.#opinion(job.alert, ask, limit.signal), limit.signal);
      this.#settle(job, opinion);
    } catch (error) {
      const timedOut = limit.signal.aborted;
      if (!timedOut) log.warn({ err: error }, 'triage of an alert failed');
      if (signal.aborted) this.#skip(job, 'shutting_down');
      else this.#settle(job, failed(timedOut ? 'timeout' : 'outage', '', baseFacts(this.#options)));
    } finally {
      limit.clear();
    }
    await this.#write().catch((error: unknown) => log.warn({ err: error }, 'kept for the next attempt'));
  }

  async #opinion(alert: Alert, ask: OpinionParts['ask'], signal: AbortSignal): Promise<Opinion> {
    const { client, namespace, now } = this.#options;
    const address = (end: 'source' | 'destination') => alert.document[end]?.address ?? '';
    const [{ history, total }, maintenance] = await Promise.all([
      pairHistory(client, namespace, alert),
      activeMaintenance(client, namespace, now()),
    ]);
    const context = {
      alert,
      sourceAsset: this.#inventory.find(address('source')) ?? alert.document.ot_anomaly.source_asset,
      destinationAsset:
        this.#inventory.find(address('destination')) ?? alert.document.ot_anomaly.destination_asset,
      history,
      historyTotal: total,
      maintenance,
      now: now(),
    };
    return formOpinion(context, { ...this.#options, ask }, signal);
  }

  #skip(job: Job, reason: SkipReason): void {
    this.#settle(job, skipped(reason, baseFacts(this.#options)));
  }

  #unreadable(id: string): void {
    const index = anomalyStream(this.#options.namespace);
    this.#annotate({ id, index }, undefined, failed('unreadable_alert', '', baseFacts(this.#options)), 0);
  }

  #settle({ alert, request, pickedUpAt }: Job, opinion: Opinion): void {
    this.#annotate(alert, request, opinion, this.#options.now().getTime() - pickedUpAt);
  }

  #annotate(
    alert: Pick<Alert, 'id' | 'index'>,
    request: string | undefined,
    opinion: Opinion,
    latencyMs: number,
  ): void {
    const { namespace, now, onWritten } = this.#options;
    const id = annotationId(alert.id, request);
    const at = now();
    this.#drafts.push(
      ...opinion.proposals.map((proposal, n) => ({
        id: draftId(id, n),
        document: draftDocument({ alert, namespace, proposal, proposedBy: 'llm-triage', now: at }),
      })),
    );
    const provenance = { ...opinion.facts, latencyMs };
    const { answer, how } = opinion;
    this.#annotations.push({
      id,
      document: annotationDocument({ alert, namespace, answer, how, provenance, request, now: at }),
    });
    onWritten?.(opinion, latencyMs);
  }

  /** What can't be written now stays, and is written at the next poll. */
  async #write(): Promise<void> {
    const { client, namespace } = this.#options;
    const [drafts, annotations] = [this.#drafts, this.#annotations];
    [this.#drafts, this.#annotations] = [[], []];
    try {
      await createAll(client, 'recommendation', namespace, drafts);
      await createAll(client, 'triage', namespace, annotations);
    } catch (error) {
      this.#drafts.unshift(...drafts);
      this.#annotations.unshift(...annotations);
      throw error;
    }
  }

  #remember(id: string): void {
    this.#handled.add(id);
    if (this.#handled.size <= REMEMBERED_MAX) return;
    const oldest = this.#handled.values().next().value;
    if (oldest !== undefined) this.#handled.delete(oldest);
  }

  async #refreshInventory(): Promise<void> {
    const { client, namespace, now } = this.#options;
    if (now().getTime() - this.#inventoryReadAt < INVENTORY_REFRESH_MS) return;
    this.#inventory = new Inventory(await readAssets(client, namespace));
    this.#inventoryReadAt = now().getTime();
  }
}

/** Rejects when the signal aborts, whatever the promise still waits for. */
async function withinSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {}); // it may fail after nobody waits for it any more
  return new Promise<T>((resolve, reject) => {
    // A reply to the abort itself (a timeout with its facts) comes first.
    const abort = () => setTimeout(() => reject(signal.reason), 250);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await sleep(ms, undefined, { signal }).catch(() => {}); // woken by the signal
}
