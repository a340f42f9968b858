import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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
import { uniqueNamespace } from '../elasticsearch/cluster.js';
import { clientOf, setUp } from '../elasticsearch/parts.js';
import { bringTraffic, DAY, smallPlant } from '../elasticsearch/simulated.js';
import { type OwnNode, startOwnNode } from './ownNode.js';

/**
 * A short run in CI; the whole one, with over 200,000 documents, is
 * `OT_ANOMALY_KILLS=100 OT_ANOMALY_NODE_KILLS=12 OT_ANOMALY_KILL_HOURS=2.6`.
 */
const KILLS = Number(process.env['OT_ANOMALY_KILLS'] ?? 3);
/** how many of them hit Elasticsearch instead of the scorer */
const NODE_KILLS = Number(process.env['OT_ANOMALY_NODE_KILLS'] ?? 1);
const HOURS = Number(process.env['OT_ANOMALY_KILL_HOURS'] ?? 0.2);
/** Event time by which rows of two bulks under way at once may come out of order in so dense a replay. */
const LATENESS_S = 600;

const from = Date.parse('2026-01-01T00:00:00Z') / 1000;
const live = from + 31 * DAY + 9 * 3600;
const plant = smallPlant();
const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-kill-'));
const random = xoroshiro128plus(7);
const [calm, disturbed] = [uniqueNamespace('calm'), uniqueNamespace('kill')];

let node: OwnNode;
let keysOf: Map<string, Keys>;
/** the live traffic in as many pieces as there are kills and one, so that it arrives all the while */
let pieces: readonly (readonly string[])[];

beforeAll(async () => {
  node = await startOwnNode();
  keysOf = new Map([
    [calm, await setUp(calm, node.admin())],
    [disturbed, await setUp(disturbed, node.admin())],
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
  const logs = simulated.files.filter((name) => name.endsWith('.log'));
  pieces = inPieces(
    logs.map((name) => join(folder, 'logs', name)),
    KILLS + 1,
  );
}, 600_000);
afterAll(async () => {
  await node?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Cuts logs into pieces of equal time, each a file a log. */
function inPieces(logs: readonly string[], count: number): string[][] {
  const made = Array.from({ length: count }, (): string[] => []);
  for (const log of logs) {
    const lines = Array.from({ length: count }, (): string[] => []);
    for (const line of readFileSync(log, 'utf8').split('\n')) {
      const ts = Number(/"ts":([\d.]+)/.exec(line)?.[1] ?? Number.NaN);
      const piece = Math.floor(((ts - live) / (HOURS * 3600)) * count);
      if (!Number.isNaN(piece)) lines[Math.min(count - 1, Math.max(0, piece))]?.push(line);
    }
    for (const [i, rows] of lines.entries()) {
      if (rows.length === 0) continue;
      const path = join(folder, `${basename(log, '.log')}.${String(i).padStart(3, '0')}.log`);
      writeFileSync(path, `${rows.join('\n')}\n`);
      made[i]?.push(path);
    }
  }
  return made;
}

function part(namespace: string, name: string): Client {
  return clientOf(keysOf.get(namespace) ?? {}, name, node.url);
}

interface Scorer {
  readonly child: ChildProcess;
  /** what it said so far */
  readonly log: () => string;
}

function startScorer(namespace: string): Scorer {
  const keysFile = join(folder, `${namespace}.json`);
  writeKeys(keysFile, keysOf.get(namespace) ?? {});
  const options = {
    'poll-ms': 100,
    checkpoint: 1,
    lateness: LATENESS_S,
    overlap: 10,
    'page-size': 1000,
    from: new Date(startedAt).toISOString(),
    namespace,
    models: join(folder, 'models'),
    scorer: 'killed',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [packagePath('dist/cli.js'), 'score', '--follow', ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      ES_URL: node.url,
      OT_ANOMALY_KEYS_FILE: keysFile,
      OT_ANOMALY_LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk));
  return { child, log: () => log };
}

/** Arrivals from here on are scored; the baseline came before. */
let startedAt = 0;

function hasEnded({ child }: Scorer): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Once it has taken up its work: what comes before is over in a moment, or takes long on a busy machine. */
async function atWork(scorer: Scorer): Promise<void> {
  while (!/scorer (started|resumed)/.test(scorer.log()) && !hasEnded(scorer)) await sleep(20);
}

/** Once it has found Elasticsearch again; where it was busy all the while, it may have missed nothing. */
async function backAtWork(scorer: Scorer): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!scorer.log().includes('Elasticsearch is back') && !hasEnded(scorer) && Date.now() < deadline)
    await sleep(100);
}

async function end(scorer: Scorer, signal: NodeJS.Signals): Promise<void> {
  const closed = new Promise((resolve) => scorer.child.once('close', resolve));
  if (hasEnded(scorer)) return;
  scorer.child.kill(signal);
  await closed;
}

async function alertIds(namespace: string): Promise<string[]> {
  const index = `logs-ot_anomaly.anomaly-${namespace}`;
  const admin = node.admin();
  await admin.indices.refresh({ index });
  const { hits } = await admin.search({
    index,
    size: 10_000,
    query: { term: { 'event.kind': 'alert' } },
    _source: false,
  });
  return hits.hits.map(({ _id }) => _id ?? '').sort();
}

/** The checkpoint's position stands still once everything is settled but the last LATENESS_S of event time. */
async function settled(namespace: string): Promise<void> {
  const admin = node.admin();
  let before = '';
  for (let still = 0; still < 3; ) {
    await sleep(1_500);
    const { hits } = await admin.search<{ ot_anomaly: { checkpoint: { position: string } } }>({
      index: `logs-ot_anomaly.checkpoint-${namespace}`,
      size: 1,
      sort: [{ 'event.ingested': 'desc' }],
      _source: ['ot_anomaly.checkpoint.position'],
    });
    const position = hits.hits[0]?._source?.ot_anomaly.checkpoint.position ?? '';
    still = position === before ? still + 1 : 0;
    before = position;
  }
}

/** As a shipper does: again, until every row is in. */
async function bringIn(namespace: string, logs: readonly string[]): Promise<number> {
  for (;;) {
    try {
      const report = await ingest(part(namespace, 'ingest'), logs, { namespace, run: `live-${namespace}` });
      if (report.ok && report.failed === 0) return report.read;
    } catch {
      await sleep(500); // Elasticsearch is away
    }
  }
}

it(
  `gives the same alerts after ${KILLS} kill -9, ${NODE_KILLS} of them of Elasticsearch, and two rollovers as without any`,
  async () => {
    startedAt = Date.now() - 1_000;
    const undisturbed = startScorer(calm);
    await atWork(undisturbed);
    let documents = 0;
    for (const piece of pieces) documents += await bringIn(calm, piece);
    await settled(calm);
    await end(undisturbed, 'SIGTERM');

    startedAt = Date.now() - 1_000;
    let scorer = startScorer(disturbed);
    let nodeKills = 0;
    let said = '';
    const afresh = () => {
      said += scorer.log();
      scorer = startScorer(disturbed);
    };
    for (const [i, piece] of pieces.entries()) {
      const hitsNode = i < KILLS && Math.floor(((i + 1) * NODE_KILLS) / KILLS) > nodeKills;
      // One in four is killed wherever it is in its start, the others at work.
      const isAtWork = hitsNode || uniformInt(random, 0, 3) > 0;
      if (isAtWork) await atWork(scorer);
      const arrival = bringIn(disturbed, piece);
      if (i < KILLS) {
        await sleep(uniformInt(random, isAtWork ? 0 : 300, 2_500));
        if (hitsNode) {
          nodeKills += 1;
          expect(hasEnded(scorer), scorer.log()).toBe(false); // else nobody would miss Elasticsearch
          await node.kill();
          await node.startAgain();
          await backAtWork(scorer);
        } else await end(scorer, 'SIGKILL');
        if (hasEnded(scorer)) afresh();
      }
      await arrival;
      if (i === Math.floor(KILLS / 3)) await rollOver('logs-ot_zeek.modbus', 'logs-ot_anomaly.anomaly');
      if (i === Math.floor((2 * KILLS) / 3))
        await rollOver('logs-ot_zeek.modbus', 'logs-ot_anomaly.anomaly', 'logs-ot_anomaly.checkpoint');
    }
    if (hasEnded(scorer)) afresh();
    await atWork(scorer);
    await settled(disturbed);
    await end(scorer, 'SIGTERM');
    said += scorer.log();

    const [expected, found] = [await alertIds(calm), await alertIds(disturbed)];
    const outages = said.split('waiting for it, nothing is lost').length - 1;
    process.stderr.write(
      `${documents} documents, ${KILLS - nodeKills} kills of the scorer, ${nodeKills} of Elasticsearch (${outages} waited for), 2 rollovers: ${found.length} alerts, undisturbed ${expected.length}\n`,
    );
    expect(expected.length).toBeGreaterThan(3);
    expect(found).toEqual(expected);
    if (NODE_KILLS > 0) {
      expect(said).toContain('Elasticsearch is back; going on');
      expect(await waitsTold()).toBeGreaterThan(0);
    }
  },
  55 * 60_000,
);

/** Milliseconds of waiting that heartbeats told of. */
async function waitsTold(): Promise<number> {
  const index = `metrics-ot_anomaly.scorer-${disturbed}`;
  await node.admin().indices.refresh({ index }); // the last heartbeat came as the scorer stopped
  const { aggregations } = await node.admin().search<unknown, { waited: { value: number } }>({
    index,
    size: 0,
    aggregations: { waited: { sum: { field: 'ot_anomaly.scorer.waited_ms' } } },
  });
  return aggregations?.waited.value ?? 0;
}

async function rollOver(...streams: readonly string[]): Promise<void> {
  const admin = node.admin();
  for (const stream of streams) await admin.indices.rollover({ alias: `${stream}-${disturbed}` });
}
