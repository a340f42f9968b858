import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { pino } from 'pino';
import { type FollowOptions, followArrivals } from '../../src/app/followArrivals.js';
import { trainModel } from '../../src/app/trainModel.js';
import type { Keys } from '../../src/config/keys.js';
import { ArrivalReader, type ArrivalReaderOptions } from '../../src/elasticsearch/arrivalReader.js';
import { FOREST_DEFAULTS } from '../../src/model/training/train.js';
import { loadProfile } from '../../src/profiles/load.js';
import type { LoadedModel } from '../../src/registry/store.js';
import type { Arrival } from '../../src/scoring/scoringStage.js';
import type { Plant, ScenarioAt } from '../../src/simulator/index.js';
import { uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';
import { bringTraffic, DAY, smallPlant } from './simulated.js';

/** A namespace of its own that is set up, holds a month of a small plant, and has a model of it. */
export interface ScoredSite {
  readonly namespace: string;
  readonly plant: Plant;
  /** seconds since the epoch: the baseline's first day; it has 31 */
  readonly from: number;
  readonly keys: Keys;
  readonly model: LoadedModel;
  /** the folder that holds it */
  readonly models: string;
  readonly index: string;
  readonly anomalies: string;
  client(part: string): Client;
  remove(): void;
}

export async function scoredSite(
  traffic: {
    readonly days?: number;
    readonly scenarios?: (from: number) => readonly ScenarioAt[];
    readonly rowsPerKey?: number;
  } = {},
): Promise<ScoredSite> {
  const namespace = uniqueNamespace();
  const plant = smallPlant();
  const from = Date.parse('2026-01-01T00:00:00Z') / 1000;
  const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-models-'));
  const keys = await setUp(namespace);
  const client = (part: string) => clientOf(keys, part);
  const { days = 31, scenarios, rowsPerKey = 500 } = traffic;
  await bringTraffic(client('ingest'), {
    plant,
    from,
    days,
    namespace,
    ...(scenarios === undefined ? {} : { scenarios: scenarios(from) }),
  });
  const index = `logs-ot_zeek.*-${namespace}`;
  const model = await trainModel({
    client: client('trainer'),
    index,
    namespace,
    folder,
    training: { ...FOREST_DEFAULTS, from, to: from + 31 * DAY, rowsPerKey, acceptShortBaseline: false },
    progress: () => {},
    now: () => new Date(),
    newId,
  });
  if ('refusal' in model) throw new Error('refused');
  return {
    namespace,
    plant,
    from,
    keys,
    model,
    models: folder,
    index,
    anomalies: `logs-ot_anomaly.anomaly-${namespace}`,
    client,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A reader of the site's rows with the scorer's key, that begins at an arrival; change what the test is about. */
export function readerOf(
  site: ScoredSite,
  position: string,
  options: Partial<ArrivalReaderOptions> = {},
  client = site.client('scorer'),
): ArrivalReader {
  return new ArrivalReader(client, {
    now: () => new Date(),
    index: site.index,
    profile: loadProfile(),
    position,
    overlapSeconds: 1,
    pageSize: 100,
    ...options,
  });
}

/** What one poll reads. */
export async function arrivalsOf(reader: ArrivalReader, afterFault = false): Promise<readonly Arrival[]> {
  const arrivals: Arrival[] = [];
  for await (const page of reader.poll(afterFault)) arrivals.push(...page);
  return arrivals;
}

/** Starts a follower with short intervals; `ready` settles after its first poll, `stop` ends it in order. */
export function startFollowing(site: ScoredSite, options: Partial<FollowOptions> = {}) {
  const stop = new AbortController();
  let becomeReady = () => {};
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });
  const following = followArrivals({
    client: site.client('scorer'),
    index: site.index,
    namespace: site.namespace,
    model: site.model,
    scorer: 'test',
    pollMs: 100,
    overlapSeconds: 2,
    rereadSeconds: 60,
    latenessSeconds: 1,
    checkpointSeconds: 1,
    pageSize: 500,
    startAt: new Date(),
    now: () => new Date(),
    newId,
    log: pino({ level: 'silent' }),
    signal: stop.signal,
    onReady: becomeReady,
    ...options,
  });
  return {
    ready: Promise.race([ready, following]),
    following,
    stop: async () => {
      stop.abort();
      await following;
    },
  };
}

export function newId(): string {
  return `id-${process.hrtime.bigint()}`;
}
