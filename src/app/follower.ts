import { Inventory } from '../anomaly/assetContext.js';
import type { MaintenancePlan } from '../anomaly/maintenancePlan.js';
import { ArrivalReader, documentKey } from '../elasticsearch/arrivalReader.js';
import { readAssets } from '../elasticsearch/assetStore.js';
import { writeAudit } from '../elasticsearch/auditLog.js';
import { writeCheckpoint } from '../elasticsearch/checkpoints.js';
import { readDriftResets } from '../elasticsearch/driftResets.js';
import { type HeartbeatCounts, noCounts, writeHeartbeat } from '../elasticsearch/heartbeat.js';
import { readHeldRows } from '../elasticsearch/heldRows.js';
import { readLateArrivals } from '../elasticsearch/lateReader.js';
import { readPlan } from '../elasticsearch/maintenanceStore.js';
import { partitionRows } from '../elasticsearch/partitionRows.js';
import { requireSources } from '../elasticsearch/requireSources.js';
import { readServerClock } from '../elasticsearch/serverClock.js';
import { loadProfile } from '../profiles/load.js';
import { requireSameProfile } from '../profiles/sameProfile.js';
import { GroupLedger } from '../scoring/groupLedger.js';
import { partitionName, WHOLE } from '../scoring/partition.js';
import type { ScorerState } from '../scoring/scorerState.js';
import { type Finding, ScoringStage } from '../scoring/scoringStage.js';
import { type Share, shareOf } from '../scoring/share.js';
import { type Telling, type Told, tell, tellCounts } from '../scoring/telling.js';
import type { SensorTelling } from '../sensor/condition.js';
import { SensorHealth } from '../sensor/sensorHealth.js';
import { isTraffic, sensorSigns } from './arrivalKinds.js';
import type { FollowOptions } from './followArrivals.js';
import { type LeftBehind, leftBehind } from './leftBehind.js';
import type { Outage } from './outage.js';
import { scorerOf } from './scorerOf.js';
import { startPosition } from './startPosition.js';
import { writeSensorTellings } from './writeSensorTellings.js';
import { writeTellings } from './writeTellings.js';

const INVENTORY_REFRESH_MS = 60_000;
/** Windows that ended before are of no record that is still to be judged, but for a backlog of weeks. */
const PLAN_BACK_MS = 31 * 24 * 3_600_000;
const PLAN_AHEAD_MS = 24 * 3_600_000;
const HEARTBEAT_MS = 10_000;
/** A person who has reviewed a drift sees the chart at rest soon after. */
const RESETS_REFRESH_MS = 10_000;
/** Elasticsearch's clock so far behind what was read from it was set back, beyond what the wider re-read covers. */
const SET_BACK_S = 60;
/** A checkpoint is written again at least daily, so that the newest one never falls to the stream's retention. */
const CHECKPOINT_AT_LEAST_MS = 24 * 3_600_000;

/** One scorer at work: what it reads, remembers, writes and tells of itself. */
export class Follower {
  readonly #options: FollowOptions;
  readonly #outage: Outage;
  readonly #stage: ScoringStage;
  readonly #reader: ArrivalReader;
  readonly #ledger = new GroupLedger<Told>();
  readonly #sensors = new SensorHealth();
  #inventory: Inventory;
  #maintenance: MaintenancePlan;
  #inventoryReadAt: number;
  #resetsReadAt = Number.NEGATIVE_INFINITY;
  /** to be written */
  #outbox: Telling[] = [];
  #sensorOutbox: SensorTelling[] = [];
  #lastArrivalAt: number;
  #checkpointAt: number;
  /** whether anything was taken in or judged since the newest checkpoint */
  #changed = true;
  #heartbeatAt: number;
  #heartbeatId: string | undefined;
  #rereadAt: number;
  #counts: HeartbeatCounts = noCounts();

  private constructor(
    options: FollowOptions,
    outage: Outage,
    reader: ArrivalReader,
    inventory: Inventory,
    maintenance: MaintenancePlan,
    share: Share,
  ) {
    const now = uptimeOf(options);
    this.#options = options;
    this.#outage = outage;
    this.#stage = new ScoringStage(
      scorerOf(options.model),
      options.latenessSeconds,
      ({ sensor }, arrivedAt) => this.#sensors.abstention(sensor, arrivedAt),
      undefined,
      share,
    );
    this.#reader = reader;
    this.#inventory = inventory;
    this.#maintenance = maintenance;
    this.#inventoryReadAt = now;
    this.#lastArrivalAt = now;
    this.#checkpointAt = now;
    this.#heartbeatAt = now;
    // What an earlier process left unread for too late is compared before what came since moves the window on.
    this.#rereadAt = Number.NEGATIVE_INFINITY;
  }

  /** Takes up where the newest whole checkpoint left off, having said so in the audit stream. */
  static async start(given: FollowOptions, outage: Outage): Promise<Follower> {
    const { client, namespace, model, index, log, partition = WHOLE, profile = loadProfile() } = given;
    const options = { ...given, scorer: partitionName(given.scorer, partition) };
    const { scorer } = options;
    requireSameProfile(model, profile);
    await requireSources(client, index, profile);
    const inventory = new Inventory(await readAssets(client, namespace));
    const maintenance = await plan(options);
    const left = await leftBehind(given);
    const position = left?.state.reader.position ?? (await startPosition(options));
    const resumed = left === undefined ? 'started' : 'resumed';
    const from = left?.handedOver === undefined ? '' : `, taking over from ${left.handedOver}`;
    await writeAudit(
      client,
      namespace,
      {
        part: 'scorer',
        action: `scorer-${resumed}`,
        message: `${scorer} ${resumed} at arrival ${position}${from}`,
        modelSha256: model.sha256,
      },
      options.newId(),
      options.now(),
    );
    log.info({ position, model: model.sha256 }, `scorer ${resumed}${from}`);
    const reader = new ArrivalReader(client, {
      index,
      profile,
      position,
      overlapSeconds: options.overlapSeconds,
      pageSize: options.pageSize,
      partition,
      now: options.now,
      ...(left === undefined ? {} : { resume: left.state.reader }),
    });
    const share = shareOf(partition, { bucketField: profile.bucket, isSettled: left?.isSettled });
    const follower = new Follower(options, outage, reader, inventory, maintenance, share);
    if (left === undefined)
      await follower.#checkpoint(); // a kill before the next one must not lose the start
    else if (left.isOfModel && left.handedOver === undefined)
      await follower.#restore(left.position, left.state);
    else await follower.#takeOver(left);
    return follower;
  }

  async poll(): Promise<void> {
    await this.#write(); // what an earlier fault left behind
    await this.#rereadWhenDue(); // before a backlog moves its window on
    for await (const page of this.#reader.poll(this.#outage.ongoing)) {
      this.#lastArrivalAt = uptimeOf(this.#options);
      this.#changed = true;
      this.#sensorOutbox.push(...this.#sensors.take(sensorSigns(page)));
      this.#tell(this.#stage.push(page.filter(isTraffic)));
      await this.#write();
      await this.#keepHouse(); // a backlog may take long: what is settled must survive a kill in the middle
      if (this.#options.signal.aborted) break;
    }
    this.#sensorOutbox.push(...this.#sensors.advance(this.#clock()));
    await this.#write();
    if (this.#stage.pending > 0) {
      const held = this.#stage.pending;
      this.#tell(this.#stage.advance(this.#clock()));
      if (this.#stage.pending < held) this.#changed = true;
      await this.#write();
    }
    await this.#keepHouse();
  }

  async stop(): Promise<void> {
    this.#outbox.push(...tellCounts(this.#ledger, this.#clock(), true));
    await this.#heartbeat();
    await this.#checkpoint();
    this.#options.log.info({ position: this.#reader.position }, 'scorer stopped');
  }

  async #keepHouse(): Promise<void> {
    if (this.#since(this.#heartbeatAt) >= HEARTBEAT_MS) await this.#heartbeat();
    const since = this.#since(this.#checkpointAt);
    const due = this.#changed ? this.#options.checkpointSeconds * 1000 : CHECKPOINT_AT_LEAST_MS;
    if (since >= due) await this.#checkpoint();
    if (this.#since(this.#resetsReadAt) >= RESETS_REFRESH_MS) await this.#applyDriftResets();
    await this.#rereadWhenDue();
    if (this.#since(this.#inventoryReadAt) >= INVENTORY_REFRESH_MS) await this.#refreshInventory();
  }

  /**
   * Seconds since the epoch by the clock that stamps arrivals, held back while nothing arrives by no more than a
   * poll: the newest arrival and the time since it was read. The host's own clock may differ by hours.
   */
  #clock(): number {
    return Date.parse(this.#reader.position) / 1000 + this.#since(this.#lastArrivalAt) / 1000;
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
    await this.#writeSensorTellings();
    if (this.#outbox.length === 0) return;
    const { client, namespace, model, now } = this.#options;
    const tellings = this.#outbox;
    if (this.#options.shadow === true) {
      this.#outbox = [];
      this.#counts.alerts += tellings.length;
      return;
    }
    const written = await writeTellings(tellings, {
      client,
      namespace,
      model,
      inventory: this.#inventory,
      maintenance: this.#maintenance,
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

  async #writeSensorTellings(): Promise<void> {
    if (this.#sensorOutbox.length === 0) return;
    const { client, namespace, now, log } = this.#options;
    const tellings = this.#sensorOutbox;
    if (this.#options.shadow === true) this.#counts.alerts += tellings.length;
    else this.#counts.alerts += await writeSensorTellings(client, namespace, tellings, now());
    this.#sensorOutbox = [];
    this.#changed = true;
    for (const { what, evidence } of tellings) log.warn({ what }, evidence.text);
  }

  /** Everything that was taken in is either written or in the state that this keeps. */
  async #checkpoint(): Promise<void> {
    await this.#write();
    const { client, namespace, scorer, model, now } = this.#options;
    const reader = this.#reader.state();
    const state: ScorerState = {
      reader: { ...reader, seen: reader.seen.map(([key, ingested]) => [key, ingested]) },
      held: this.#stage.held().map(documentKey),
      stage: this.#stage.state(),
      groups: [...this.#ledger.state()],
      sensors: this.#sensors.state(),
    };
    const position = this.#stage.oldestPending() ?? reader.position;
    await writeCheckpoint(client, namespace, { scorer, modelSha256: model.sha256, position, state }, now());
    this.#checkpointAt = uptimeOf(this.#options);
    this.#changed = false;
  }

  async #restore(from: string, { reader, held, stage, groups, sensors }: ScorerState): Promise<void> {
    const { client, index, pageSize, log, profile = loadProfile() } = this.#options;
    const to = reader.position;
    const rows = await readHeldRows(client, index, new Set(held), { from, to, pageSize, profile });
    const gone = held.length - rows.length;
    if (gone > 0) log.warn({ gone }, 'rows that waited to be judged are gone: was their index deleted?');
    this.#stage.restore(stage, rows);
    this.#ledger.restore(groups);
    this.#sensors.restore(sensors);
  }

  /**
   * Goes on where another model or other partitions stopped: no document is passed over, and none but those that
   * waited is judged twice. Another model's groups are told anew, since their alerts are its own; its charts begin
   * anew, since their limits were.
   */
  async #takeOver({ position, isOfModel, state }: LeftBehind): Promise<void> {
    const { client, index, pageSize, profile = loadProfile() } = this.#options;
    const { reader, held, stage, groups, sensors } = state;
    const range = { from: position, to: reader.position, pageSize, profile };
    const rows = await readHeldRows(client, index, new Set(held), range);
    this.#stage.restore(isOfModel ? stage : { ...stage, charts: {} }, []);
    if (isOfModel) this.#ledger.restore(groups);
    this.#sensors.restore(sensors);
    this.#tell(this.#stage.push(rows));
    this.#reader.markTaken(rows);
    await this.#checkpoint();
  }

  async #heartbeat(): Promise<void> {
    const { client, namespace, scorer, model, now } = this.#options;
    this.#outbox.push(...tellCounts(this.#ledger, this.#clock(), false));
    await this.#write();
    const oldest = this.#stage.oldestPending();
    const counts: HeartbeatCounts = {
      ...add(add(this.#counts, this.#stage.takeCounts()), this.#outage.takeCounts()),
      pending: this.#stage.pending,
      sensor_conditions: this.#sensors.conditions,
      lag_ms: oldest === undefined ? 0 : Math.max(0, Math.round(this.#clock() * 1000 - Date.parse(oldest))),
    };
    this.#counts = counts; // kept, should it not be written
    const heartbeat = { name: scorer, model_sha256: model.sha256, ...counts };
    const id = this.#options.newId();
    await writeHeartbeat(client, namespace, heartbeat, id, now());
    this.#heartbeatId = id;
    this.#options.onHeartbeat?.(heartbeat);
    this.#counts = noCounts();
    this.#heartbeatAt = uptimeOf(this.#options);
  }

  /** Applies people's decisions on drifts; one that was applied before the newest checkpoint changes nothing. */
  async #applyDriftResets(): Promise<void> {
    this.#resetsReadAt = uptimeOf(this.#options);
    for (const { chart, at } of await readDriftResets(this.#options.client, this.#options.namespace)) {
      if (!this.#stage.resetDrift(chart, at)) continue;
      this.#changed = true;
      this.#options.log.info({ chart }, 'drift chart reset by a decision');
    }
  }

  /** Where Elasticsearch's clock was set back, arrivals are stamped earlier than what was read: goes back there. */
  async #followClock(): Promise<void> {
    const { client, namespace, overlapSeconds, rereadSeconds, log } = this.#options;
    if (this.#heartbeatId === undefined) return;
    const clock = await readServerClock(client, namespace, this.#heartbeatId);
    if (clock === undefined) return; // not searchable yet
    const ahead = (Date.parse(this.#reader.position) - Date.parse(clock)) / 1000;
    if (ahead < SET_BACK_S) return;
    // It was set back since the last look, and the heartbeat is some seconds old.
    const position = new Date(Date.parse(clock) - (rereadSeconds + overlapSeconds) * 1000).toISOString();
    this.#reader.rewind(position);
    this.#changed = true;
    log.warn(
      { elasticsearch: clock, position },
      `what was read is stamped ${Math.round(ahead)} s ahead of Elasticsearch's clock, which was set back: reading on from there; what is read again is told once`,
    );
  }

  async #rereadWhenDue(): Promise<void> {
    if (this.#since(this.#rereadAt) < this.#options.rereadSeconds * 1000) return;
    await this.#followClock();
    await this.#reread();
  }

  /** What became visible too late for the polls' overlap is judged by structure, and counted. */
  async #reread(): Promise<void> {
    const { client, index, pageSize, log } = this.#options;
    const { profile = loadProfile(), partition = WHOLE } = this.#options;
    const late = await readLateArrivals(client, index, this.#reader.counts, {
      until: this.#reader.readAgainUntil,
      pageSize,
      profile,
      rows: partitionRows(profile, partition).own,
    });
    // Due until it has been read: a backlog that is read first would move its window on.
    this.#rereadAt = late.hasMore ? Number.NEGATIVE_INFINITY : uptimeOf(this.#options);
    if (late.lacking === 0) return;
    log.warn(
      { late: late.lacking },
      'documents became visible later than --overlap; they are judged by structure only',
    );
    this.#changed = true;
    this.#counts.found_late += late.lacking;
    this.#tell(this.#stage.pushLate(late.arrivals.filter(isTraffic)));
    this.#reader.settle(late);
    await this.#write();
  }

  async #refreshInventory(): Promise<void> {
    this.#inventoryReadAt = uptimeOf(this.#options);
    this.#inventory = new Inventory(await readAssets(this.#options.client, this.#options.namespace));
    this.#maintenance = await plan(this.#options);
  }

  /** Milliseconds, whatever becomes of this host's clock in the meantime. */
  #since(time: number): number {
    return uptimeOf(this.#options) - time;
  }
}

function uptimeOf({ uptimeMs = () => performance.now() }: FollowOptions): number {
  return uptimeMs();
}

function plan({ client, namespace, now }: FollowOptions): Promise<MaintenancePlan> {
  const at = now().getTime();
  return readPlan(client, namespace, { from: at - PLAN_BACK_MS, to: at + PLAN_AHEAD_MS });
}

function add(counts: HeartbeatCounts, more: Partial<HeartbeatCounts>): HeartbeatCounts {
  const sum = { ...counts };
  for (const name of Object.keys(more) as (keyof HeartbeatCounts)[]) sum[name] += more[name] ?? 0;
  return sum;
}
