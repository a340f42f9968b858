import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import { Inventory } from '../anomaly/assetContext.js';
import { ArrivalReader, requireSources } from '../elasticsearch/arrivalReader.js';
import { readAssets } from '../elasticsearch/assetStore.js';
import { writeAudit } from '../elasticsearch/auditLog.js';
import { isPassing } from '../elasticsearch/bulkCreate.js';
import { readCheckpoint, writeCheckpoint } from '../elasticsearch/checkpoints.js';
import { type HeartbeatCounts, noCounts, writeHeartbeat } from '../elasticsearch/heartbeat.js';
import { paddedNanos } from '../elasticsearch/nanos.js';
import { Scorer } from '../model/scorer.js';
import type { LoadedModel } from '../registry/store.js';
import { GroupLedger } from '../scoring/groupLedger.js';
import { type Finding, ScoringStage } from '../scoring/scoringStage.js';
import { type Telling, tell, tellCounts } from '../scoring/telling.js';
import { writeTellings } from './writeTellings.js';

export interface FollowOptions {
  readonly client: Client;
  readonly index: string;
  readonly namespace: string;
  readonly model: LoadedModel;
  /** names this scorer's checkpoints and heartbeats */
  readonly scorer: string;
  readonly pollMs: number;
  readonly overlapSeconds: number;
  readonly latenessSeconds: number;
  readonly checkpointSeconds: number;
  readonly pageSize: number;
  /** arrival time to start at when there is no checkpoint */
  readonly startAt: Date;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** told once the first poll has ended: from here on arrivals are alerted on */
  readonly onReady?: () => void;
}

const INVENTORY_REFRESH_MS = 60_000;
const HEARTBEAT_MS = 10_000;
const PAUSE_AFTER_FAULT_MS = 1_000;

/**
 * Polls for arrivals, scores them and writes what is anomalous, until the signal aborts.
 *
 * Order of effects, which makes a kill at any moment harmless: alerts are written before the checkpoint that
 * counts them as done, and their ids are the same when they are written again. A cluster that is away or busy
 * is waited for; findings stay in memory until they are written.
 *
 * @throws {ElasticsearchError} what waiting can't mend: wrong key, missing right, missing streams
 */
export async function followArrivals(options: FollowOptions): Promise<void> {
  const follower = await Follower.start(options);
  let first = true;
  while (!options.signal.aborted) {
    const began = options.now().getTime();
    try {
      await follower.poll();
      if (first) options.onReady?.();
      first = false;
    } catch (error) {
      if (!isPassing(error)) throw error;
      options.log.warn({ err: error }, 'Elasticsearch is away or busy; trying again');
      await pause(PAUSE_AFTER_FAULT_MS, options.signal);
    }
    await pause(Math.max(0, options.pollMs - (options.now().getTime() - began)), options.signal);
  }
  await follower.stop();
}

class Follower {
  readonly #options: FollowOptions;
  readonly #stage: ScoringStage;
  readonly #reader: ArrivalReader;
  #inventory: Inventory;
  #inventoryReadAt: number;
  readonly #ledger = new GroupLedger<Finding>();
  /** to be written */
  #outbox: Telling[] = [];
  #lastArrivalAt: number;
  #checkpointAt: number;
  #checkpointed = '';
  #heartbeatAt: number;
  #counts: HeartbeatCounts = noCounts();

  private constructor(
    options: FollowOptions,
    stage: ScoringStage,
    reader: ArrivalReader,
    inventory: Inventory,
  ) {
    const now = options.now().getTime();
    this.#options = options;
    this.#stage = stage;
    this.#reader = reader;
    this.#inventory = inventory;
    this.#inventoryReadAt = now;
    this.#lastArrivalAt = now;
    this.#checkpointAt = now;
    this.#heartbeatAt = now;
  }

  static async start(options: FollowOptions): Promise<Follower> {
    const { client, namespace, scorer, model, index, log } = options;
    await requireSources(client, index);
    const inventory = new Inventory(await readAssets(client, namespace));
    const { checkpoint, damaged } = await readCheckpoint(client, namespace, scorer, model.sha256);
    if (damaged > 0) log.warn({ damaged }, 'damaged checkpoints passed over');
    const position = checkpoint?.position ?? paddedNanos(options.startAt.toISOString());
    const resumed = checkpoint === undefined ? 'started' : 'resumed';
    await writeAudit(
      client,
      namespace,
      {
        part: 'scorer',
        action: `scorer-${resumed}`,
        message: `${scorer} ${resumed} at arrival ${position}`,
        modelSha256: model.sha256,
      },
      options.newId(),
      options.now(),
    );
    log.info({ position, model: model.sha256 }, `scorer ${resumed}`);
    const stage = new ScoringStage(new Scorer(model.model), options.latenessSeconds);
    if (checkpoint !== undefined) stage.restore(checkpoint.sequences);
    const reader = new ArrivalReader(client, {
      index,
      position,
      overlapSeconds: options.overlapSeconds,
      pageSize: options.pageSize,
    });
    const follower = new Follower(options, stage, reader, inventory);
    if (checkpoint === undefined) await follower.#checkpoint(); // a kill before the next one must not lose the start
    return follower;
  }

  async poll(): Promise<void> {
    await this.#write(); // what an earlier fault left behind
    for await (const page of this.#reader.poll()) {
      this.#lastArrivalAt = this.#options.now().getTime();
      this.#tell(this.#stage.push(page));
      await this.#write();
      await this.#keepHouse(); // a backlog may take long: what is settled must survive a kill in the middle
      if (this.#options.signal.aborted) break;
    }
    if (this.#stage.pending > 0 && this.#since(this.#lastArrivalAt) > this.#options.latenessSeconds * 1000) {
      this.#tell(this.#stage.flush());
      await this.#write();
    }
    await this.#keepHouse();
  }

  async #keepHouse(): Promise<void> {
    if (this.#since(this.#checkpointAt) >= this.#options.checkpointSeconds * 1000) await this.#checkpoint();
    if (this.#since(this.#heartbeatAt) >= HEARTBEAT_MS) await this.#heartbeat();
    if (this.#since(this.#inventoryReadAt) >= INVENTORY_REFRESH_MS) await this.#refreshInventory();
  }

  async stop(): Promise<void> {
    this.#outbox.push(...tellCounts(this.#ledger, this.#options.now().getTime() / 1000, true));
    await this.#write();
    await this.#checkpoint();
    this.#options.log.info({ position: this.#reader.position }, 'scorer stopped');
  }

  #tell(findings: readonly Finding[]): void {
    const { tellings, counted } = tell(
      findings,
      this.#ledger,
      (address) => this.#inventory.find(address) !== undefined,
    );
    this.#outbox.push(...tellings);
    this.#counts.counted += counted;
  }

  async #write(): Promise<void> {
    if (this.#outbox.length === 0) return;
    const { client, namespace, model, now } = this.#options;
    const tellings = this.#outbox;
    const written = await writeTellings(tellings, {
      client,
      namespace,
      model,
      inventory: this.#inventory,
      now: now(),
    });
    this.#outbox = [];
    this.#counts.alerts += written.created;
    this.#counts.already_written += written.alreadyWritten;
    for (const { finding, as } of tellings) {
      if (as !== 'alert') continue;
      const { source, destination, port } = finding.observation.record;
      this.#options.log.info({ score: finding.verdict.score, source, destination, port }, 'alert written');
    }
  }

  async #checkpoint(): Promise<void> {
    const { client, namespace, scorer, model, now } = this.#options;
    this.#checkpointAt = now().getTime();
    const position = this.#stage.oldestPending() ?? this.#reader.position;
    if (position === this.#checkpointed) return;
    const sequences = this.#stage.sequences();
    await writeCheckpoint(
      client,
      namespace,
      { scorer, modelSha256: model.sha256, position, sequences },
      now(),
    );
    this.#checkpointed = position;
  }

  async #heartbeat(): Promise<void> {
    const { client, namespace, scorer, model, now } = this.#options;
    this.#heartbeatAt = now().getTime();
    this.#outbox.push(...tellCounts(this.#ledger, this.#heartbeatAt / 1000, false));
    const { read, scored, late, unreadable, abstained } = this.#stage.takeCounts();
    const lag = this.#stage.pending > 0 ? now().getTime() - Date.parse(this.#stage.oldestPending() ?? '') : 0;
    const counts = {
      ...this.#counts,
      read,
      scored,
      late,
      unreadable,
      abstained,
      pending: this.#stage.pending,
      lag_ms: lag,
    };
    await writeHeartbeat(
      client,
      namespace,
      { name: scorer, model_sha256: model.sha256, ...counts },
      this.#options.newId(),
      now(),
    );
    this.#counts = noCounts();
  }

  async #refreshInventory(): Promise<void> {
    this.#inventoryReadAt = this.#options.now().getTime();
    this.#inventory = new Inventory(await readAssets(this.#options.client, this.#options.namespace));
  }

  #since(time: number): number {
    return this.#options.now().getTime() - time;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await sleep(ms, undefined, { signal }).catch(() => {}); // woken by the signal
}
