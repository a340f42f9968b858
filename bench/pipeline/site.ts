import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { ingest } from '../../src/app/ingest.js';
import { simulateToFiles } from '../../src/app/simulate.js';
import { trainModel } from '../../src/app/trainModel.js';
import type { Connection } from '../../src/config/connection.js';
import type { Keys } from '../../src/config/keys.js';
import { createClient } from '../../src/elasticsearch/client.js';
import { FOREST_DEFAULTS } from '../../src/model/training/train.js';
import type { LoadedModel } from '../../src/registry/store.js';
import { setup } from '../../src/setup/setup.js';
import { buildPlant, type Plant } from '../../src/simulator/index.js';

const DAY = 86_400;
/** So little of each hour is brought in that the baseline of hundreds of PLCs goes in within minutes. */
const OBSERVE_SECONDS_PER_HOUR = 0.25;
const ROWS_PER_KEY = 500;

/** A site that is set up and has a model of its plant. */
export interface BenchSite {
  readonly namespace: string;
  readonly index: string;
  readonly model: LoadedModel;
  readonly baselineDocuments: number;
  readonly baselineRowsPerSecond: number;
  readonly trainSeconds: number;
  apiKey(part: 'ingest' | 'scorer' | 'triage'): string;
  client(part: 'ingest' | 'scorer' | 'triage'): Client;
}

/** Devices are the same whatever their number, so the model of the largest plant knows the smaller ones. */
export function plantOf(plcs: number): Plant {
  return buildPlant({ seed: 42, plcs });
}

export async function prepareSite(options: {
  readonly admin: Connection;
  readonly folder: string;
  readonly plcs: number;
  /** 31 by default; under 30 a lab model is trained, under 14 none */
  readonly baselineDays?: number;
  /** seconds since the epoch: the end of the baseline */
  readonly to: number;
  readonly say: (line: string) => void;
}): Promise<BenchSite> {
  const { admin, folder, plcs, baselineDays = 31, to, say } = options;
  const namespace = `bench${randomBytes(4).toString('hex')}`;
  const keys = await keysOf(admin, namespace);
  const apiKey = (part: string) => keys[part]?.encoded ?? '';
  const client = (part: string) =>
    createClient({ ...admin, credential: { kind: 'apiKey', encoded: apiKey(part) } });
  const from = to - baselineDays * DAY;
  say(`simulating ${baselineDays} days of ${plcs} PLCs …`);
  const logs = join(folder, 'baseline');
  const { files } = await simulateToFiles({
    plant: plantOf(plcs),
    from,
    to,
    thinning: { observeSecondsPerHour: OBSERVE_SECONDS_PER_HOUR },
    folder: logs,
    format: 'json',
    gzip: false,
    force: false,
  });
  say('bringing them in …');
  const writer = client('ingest');
  const began = performance.now();
  const paths = files.filter((name) => name.endsWith('.log')).map((name) => join(logs, name));
  const report = await ingest(writer, paths, { namespace, run: randomUUID() });
  const seconds = (performance.now() - began) / 1000;
  await writer.close();
  if (!report.ok || report.failed > 0) throw new Error(`${report.failed} rows of the baseline failed`);
  say(`${report.indexed} documents at ${Math.round(report.indexed / seconds)} a second; training …`);
  const trainer = client('trainer');
  const trained = performance.now();
  const index = `logs-ot_zeek.*-${namespace}`;
  const model = await trainModel({
    client: trainer,
    index,
    namespace,
    folder: join(folder, 'models'),
    training: {
      ...FOREST_DEFAULTS,
      from,
      to,
      rowsPerKey: ROWS_PER_KEY,
      acceptShortBaseline: baselineDays < 30,
    },
    progress: () => {},
    now: () => new Date(),
    newId: randomUUID,
  });
  await trainer.close();
  if ('refusal' in model) throw new Error(JSON.stringify(model.refusal));
  return {
    namespace,
    index,
    model,
    baselineDocuments: report.indexed,
    baselineRowsPerSecond: Math.round(report.indexed / seconds),
    trainSeconds: (performance.now() - trained) / 1000,
    apiKey,
    client,
  };
}

async function keysOf(admin: Connection, namespace: string): Promise<Keys> {
  let keys: Keys = {};
  const client = createClient(admin);
  await setup(client, {
    namespace,
    rotate: false,
    now: new Date(),
    newPassword: () => randomBytes(32).toString('base64url'),
    keys,
    saveKeys: (saved) => {
      keys = saved;
    },
    onStep: () => {},
  });
  await client.close();
  return keys;
}
