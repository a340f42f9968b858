import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { parseAssetFile } from '../anomaly/assetFile.js';
import { followArrivals } from '../app/followArrivals.js';
import { importAssets } from '../app/importAssets.js';
import { ingest } from '../app/ingest.js';
import { simulateToFiles } from '../app/simulate.js';
import { trainModel } from '../app/trainModel.js';
import { createLog } from '../commands/log.js';
import type { Connection } from '../config/connection.js';
import { type Keys, writeKeys } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import { OtAnomalyError } from '../errors.js';
import { FOREST_DEFAULTS, ROWS_PER_KEY } from '../model/training/train.js';
import type { LoadedModel } from '../registry/store.js';
import { setup } from '../setup/setup.js';
import { buildPlant, liveRows, type Plant, type PlantProtocol } from '../simulator/index.js';
import { injectRow } from './inject.js';

export interface DemoOptions {
  readonly admin: Connection;
  readonly folder: string;
  readonly namespace: string;
  readonly seed: number;
  /** what the plant speaks, and what is injected: see liveRows */
  readonly protocol: PlantProtocol;
  readonly plcs: number;
  readonly injections: number;
  readonly now: () => Date;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What `--json` prints. */
export interface DemoReport {
  readonly protocol: PlantProtocol;
  readonly days: number;
  readonly documents: number;
  readonly trainSeconds: number;
  readonly modelSha256: string;
  /** the first alert, as stored */
  readonly alert: Record<string, unknown>;
  /** techniques of ATT&CK for ICS that the alerts name, each once: `T0843 Program Download` */
  readonly techniques: readonly string[];
  /** one for each injected record, in order */
  readonly scores: readonly number[];
  /** the same, where the injected records are of a source that nobody has seen */
  readonly newSourceScores?: readonly number[];
  /** one for each injected record: bulk acknowledged → alert found by search */
  readonly alertLatencyMs: readonly number[];
}

export interface RunningDemo {
  readonly report: DemoReport;
  readonly keysFile: string;
  readonly modelsFolder: string;
  /** settles when the scorer has stopped, after the signal */
  readonly scorer: Promise<void>;
}

class DemoFailed extends OtAnomalyError {
  readonly code = 'demo_failed';
}

const DEVICES: Readonly<Record<PlantProtocol, string>> = {
  modbus: 'PLCs',
  dnp3: 'DNP3 outstations',
  enip: 'EtherNet/IP controllers',
};
const DAYS = 31;
const DAY_MS = 86_400_000;

/**
 * The product end to end, with each part under its own key: set up, bring 31 simulated days in, train, follow,
 * and inject what never happened in the plant, record by record.
 */
export async function runDemo(options: DemoOptions): Promise<RunningDemo> {
  const { folder, namespace, now, say, signal } = options;
  const keysFile = join(folder, 'keys.json');
  const modelsFolder = join(folder, 'models');
  const keys = await setUp(options, keysFile);
  const client = (part: string) =>
    createClient({ ...options.admin, credential: { kind: 'apiKey', encoded: keys[part]?.encoded ?? '' } });

  const to = Math.floor(now().getTime() / DAY_MS) * (DAY_MS / 1000);
  const from = to - DAYS * (DAY_MS / 1000);
  const plant = buildPlant({
    seed: options.seed,
    plcs: options.plcs,
    protocols: [options.protocol],
  });
  const documents = await bringIn(plant, from, to, client('ingest'), options);
  await importAssets(
    client('inventory'),
    namespace,
    parseAssetFile('assets.csv', readFileSync(join(folder, 'logs', 'assets.csv'), 'utf8')),
    now(),
  );

  say('Training');
  const began = performance.now();
  const model = await learn(client('trainer'), from, to, modelsFolder, options);
  const trainSeconds = Math.round((performance.now() - began) / 100) / 10;
  say(`Model ${model.sha256} after ${trainSeconds} s`);

  const { running: scorer } = await startScorer(client('scorer'), model, options);
  const alerts = await injectLive(plant, client('ingest'), client('scorer'), options);
  const first = alerts[0];
  if (first === undefined || signal.aborted) throw new DemoFailed('interrupted', 'Run it again.');
  const scores = alerts.map(({ score }) => score);
  return {
    report: {
      protocol: options.protocol,
      days: model.model.baseline.daysWithData,
      documents,
      trainSeconds,
      modelSha256: model.sha256,
      alert: first.alert,
      techniques: [...new Set(alerts.flatMap(({ alert }) => techniquesOf(alert)))].sort(),
      scores,
      ...(options.protocol === 'enip' ? {} : { newSourceScores: scores }),
      alertLatencyMs: alerts.map(({ latencyMs }) => latencyMs),
    },
    keysFile,
    modelsFolder,
    scorer,
  };
}

async function setUp({ admin, namespace, now, say }: DemoOptions, keysFile: string): Promise<Keys> {
  let keys: Keys = {};
  const client = createClient(admin);
  const steps = await setup(client, {
    namespace,
    rotate: false,
    now: now(),
    newPassword: () => randomBytes(32).toString('base64url'),
    keys,
    saveKeys: (saved) => {
      keys = saved;
      writeKeys(keysFile, saved);
    },
    onStep: () => {},
  });
  await client.close();
  say(`Set up: ${steps.length} pipelines, templates, streams, roles, users and keys`);
  return keys;
}

async function bringIn(
  plant: Plant,
  from: number,
  to: number,
  client: Client,
  options: DemoOptions,
): Promise<number> {
  const { folder, namespace, say, signal } = options;
  const logs = join(folder, 'logs');
  const simulated = await simulateToFiles({
    plant,
    from,
    to,
    folder: logs,
    format: 'tsv',
    gzip: true,
    force: false,
    signal,
  });
  say(
    `Simulated ${DAYS} days of a plant of ${options.plcs} ${DEVICES[options.protocol]}; bringing ${simulated.files.length} log files in`,
  );
  const files = simulated.files.filter((file) => /\.log(\.gz)?$/.test(file)).map((file) => join(logs, file));
  let said = performance.now();
  let done = 0;
  const report = await ingest(client, files, {
    namespace,
    run: randomUUID(),
    signal,
    onFile: () => {
      done += 1;
      if (performance.now() - said < 5_000) return;
      said = performance.now();
      say(`${done} of ${files.length} files`);
    },
  });
  if (signal.aborted) throw new DemoFailed('interrupted', 'Run it again.');
  if (!report.ok || report.failed > 0) {
    throw new DemoFailed(
      `${report.read} rows read, ${report.indexed} indexed, ${report.failed} failed`,
      'Run it again.',
    );
  }
  say(`${report.indexed} documents indexed`);
  return report.indexed;
}

async function learn(
  client: Client,
  from: number,
  to: number,
  folder: string,
  options: DemoOptions,
): Promise<LoadedModel> {
  const result = await trainModel({
    client,
    index: `logs-ot_zeek.*-${options.namespace}`,
    namespace: options.namespace,
    folder,
    training: { ...FOREST_DEFAULTS, from, to, rowsPerKey: ROWS_PER_KEY, acceptShortBaseline: false },
    progress: () => {},
    now: options.now,
    newId: randomUUID,
  });
  await client.close();
  if ('refusal' in result)
    throw new DemoFailed(`the baseline was refused: ${result.refusal.reason}`, 'Run it again.');
  return result;
}

async function startScorer(
  client: Client,
  model: LoadedModel,
  options: DemoOptions,
): Promise<{ readonly running: Promise<void> }> {
  const { namespace, now, say, signal } = options;
  let ready = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const running = followArrivals({
    client,
    index: `logs-ot_zeek.*-${namespace}`,
    namespace,
    model,
    scorer: 'demo',
    pollMs: 500,
    rereadSeconds: 60,
    overlapSeconds: 2,
    latenessSeconds: 5,
    checkpointSeconds: 10,
    pageSize: 2_000,
    startAt: now(),
    now,
    newId: randomUUID,
    log: createLog('warn'),
    signal,
    onReady: ready,
  }).finally(() => client.close());
  await Promise.race([isReady, running]);
  say('The scorer follows');
  return { running };
}

/** What a stored alert names. */
function techniquesOf(alert: Record<string, unknown>): readonly string[] {
  const { technique } = alert['ot_anomaly'] as {
    technique?: readonly { readonly id: string; readonly name: string }[];
  };
  return (technique ?? []).map(({ id, name }) => `${id} ${name}`);
}

async function injectLive(plant: Plant, writer: Client, reader: Client, options: DemoOptions) {
  const { namespace, injections, now, say, signal } = options;
  const { protocol, seed } = options;
  const rows = liveRows({ plant, protocol, at: now().getTime() / 1000, count: injections, seed });
  const alerts = [];
  for (const row of rows) {
    // Spread over the scorer's polling cycle, or every injection would meet it at the same point.
    await sleep((alerts.length * 37) % 500);
    const found = await injectRow(row, { writer, reader, namespace, run: randomUUID(), signal });
    alerts.push(found);
    say(
      `Alert ${alerts.length} of ${rows.length}: score ${found.score.toFixed(2)}, ${found.latencyMs.toFixed(0)} ms`,
    );
  }
  await writer.close();
  await reader.close();
  return alerts;
}
