import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ingest } from '../../src/app/ingest.js';
import { simulateToFiles } from '../../src/app/simulate.js';
import { trainModel } from '../../src/app/trainModel.js';
import { type Keys, writeKeys } from '../../src/config/keys.js';
import { packagePath } from '../../src/config/packageRoot.js';
import { FOREST_DEFAULTS } from '../../src/model/training/train.js';
import { cluster, testElasticsearch, uniqueNamespace } from '../elasticsearch/cluster.js';
import { clientOf, setUp } from '../elasticsearch/parts.js';
import { bringTraffic, DAY, smallPlant } from '../elasticsearch/simulated.js';

/** A short run in CI; `OT_ANOMALY_KILLS=100 OT_ANOMALY_KILL_HOURS=2` is the whole one (over 200,000 documents). */
const KILLS = Number(process.env['OT_ANOMALY_KILLS'] ?? 6);
const HOURS = Number(process.env['OT_ANOMALY_KILL_HOURS'] ?? 0.5);
/** Event time by which rows of two bulks under way at once may come out of order in so dense a replay. */
const LATENESS_S = 600;

const from = Date.parse('2026-01-01T00:00:00Z') / 1000;
const live = from + 31 * DAY + 9 * 3600;
const plant = smallPlant();
const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-kill-'));
const random = xoroshiro128plus(7);
const [calm, disturbed] = [uniqueNamespace('calm'), uniqueNamespace('kill')];

let admin: Client;
let keysOf: Map<string, Keys>;
let logs: readonly string[];

beforeAll(async () => {
  admin = cluster();
  keysOf = new Map([
    [calm, await setUp(calm)],
    [disturbed, await setUp(disturbed)],
  ]);
  await bringTraffic(part(calm, 'ingest'), { plant, from, days: 31, namespace: calm });
  const trained = await trainModel({
    client: part(calm, 'trainer'),
    index: `logs-ot_zeek.*-${calm}`,
    namespace: calm,
    folder: join(folder, 'models'),
    training: {
      ...FOREST_DEFAULTS,
      from,
      to: from + 31 * DAY,
      rowsPerKey: 2_000,
      acceptShortBaseline: false,
    },
    progress: () => {},
    now: () => new Date(),
    newId: () => `train-${process.hrtime.bigint()}`,
  });
  if ('refusal' in trained) throw new Error('refused');
  const scenarios = ['new-source', 'historian-pivot', 'new-write', 'scan', 'faster-polling'].map(
    (name, i) => ({ name, at: live + 120 * (i + 1) }),
  );
  const simulated = await simulateToFiles({
    plant,
    from: live,
    to: live + HOURS * 3600,
    thinning: { observeSecondsPerHour: 3600 },
    scenarios,
    folder: join(folder, 'logs'),
    format: 'json',
    gzip: false,
    force: false,
  });
  logs = simulated.files.filter((name) => name.endsWith('.log')).map((name) => join(folder, 'logs', name));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function part(namespace: string, name: string): Client {
  return clientOf(keysOf.get(namespace) ?? {}, name);
}

function startScorer(namespace: string): ChildProcess {
  const keysFile = join(folder, `${namespace}.json`);
  writeKeys(keysFile, keysOf.get(namespace) ?? {});
  const options = [
    '--poll-ms',
    '100',
    '--checkpoint',
    '1',
    '--lateness',
    String(LATENESS_S),
    '--page-size',
    '1000',
  ];
  return spawn(
    process.execPath,
    [
      packagePath('dist/cli.js'),
      'score',
      '--follow',
      '--from',
      new Date(startedAt).toISOString(),
      '--namespace',
      namespace,
      '--models',
      join(folder, 'models'),
      '--scorer',
      'killed',
      ...options,
    ],
    {
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        ES_URL: testElasticsearch().url,
        OT_ANOMALY_KEYS_FILE: keysFile,
        OT_ANOMALY_LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
}

/** Arrivals from here on are scored; the baseline came before. */
let startedAt = 0;

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('close', resolve));
}

async function alertIds(namespace: string): Promise<string[]> {
  await admin.indices.refresh({ index: `logs-ot_anomaly.anomaly-${namespace}` });
  const { hits } = await admin.search({
    index: `logs-ot_anomaly.anomaly-${namespace}`,
    size: 10_000,
    query: { term: { 'event.kind': 'alert' } },
    _source: false,
  });
  return hits.hits.map(({ _id }) => _id ?? '').sort();
}

/** The checkpoint's position stands still once everything is settled but the last LATENESS_S of event time. */
async function settled(namespace: string): Promise<void> {
  let before = '';
  for (let still = 0; still < 3; ) {
    await sleep(1_500);
    await admin.indices.refresh({ index: `logs-ot_anomaly.checkpoint-${namespace}` });
    const { hits } = await admin.search<{ ot_anomaly: { checkpoint: { position: string } } }>({
      index: `logs-ot_anomaly.checkpoint-${namespace}`,
      size: 1,
      sort: [{ '@timestamp': 'desc' }],
      _source: ['ot_anomaly.checkpoint.position'],
    });
    const position = hits.hits[0]?._source?.ot_anomaly.checkpoint.position ?? '';
    still = position === before ? still + 1 : 0;
    before = position;
  }
}

async function bringIn(namespace: string): Promise<number> {
  const report = await ingest(part(namespace, 'ingest'), logs, { namespace, run: `live-${namespace}` });
  if (!report.ok || report.failed > 0) throw new Error('live traffic did not go in');
  return report.indexed;
}

it(
  `gives the same alerts after ${KILLS} kill -9 of the scorer and two rollovers as without any`,
  async () => {
    startedAt = Date.now() - 1_000;
    const calmScorer = startScorer(calm);
    const documents = await bringIn(calm);
    await settled(calm);
    calmScorer.kill('SIGTERM');
    await gone(calmScorer);

    startedAt = Date.now() - 1_000;
    let arriving = true;
    const arrival = bringIn(disturbed).finally(() => {
      arriving = false;
    });
    let kills = 0;
    for (; kills < KILLS; kills++) {
      const child = startScorer(disturbed);
      await sleep(uniformInt(random, 300, 2_500));
      child.kill('SIGKILL');
      await gone(child);
      if (kills === Math.floor(KILLS / 3)) await rollOver('logs-ot_zeek.modbus', 'logs-ot_anomaly.anomaly');
      if (kills === Math.floor((2 * KILLS) / 3))
        await rollOver('logs-ot_zeek.modbus', 'logs-ot_anomaly.anomaly', 'logs-ot_anomaly.checkpoint');
    }
    await arrival;
    expect(arriving).toBe(false);
    const last = startScorer(disturbed);
    await settled(disturbed);
    last.kill('SIGTERM');
    await gone(last);

    const [expected, found] = [await alertIds(calm), await alertIds(disturbed)];
    process.stderr.write(
      `${documents} documents, ${kills} kills, 2 rollovers: ${found.length} alerts, undisturbed ${expected.length}\n`,
    );
    writeFileSync(join(folder, 'alerts.json'), JSON.stringify({ expected, found }));
    expect(expected.length).toBeGreaterThan(3);
    expect(found).toEqual(expected);
  },
  30 * 60_000,
);

async function rollOver(...streams: readonly string[]): Promise<void> {
  for (const stream of streams) await admin.indices.rollover({ alias: `${stream}-${disturbed}` });
}
