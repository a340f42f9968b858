import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Keys } from '../../src/config/keys.js';
import { packagePath } from '../../src/config/packageRoot.js';
import { testElasticsearch, uniqueNamespace } from '../elasticsearch/cluster.js';
import { setUp } from '../elasticsearch/parts.js';

const folder = mkdtempSync(join(tmpdir(), 'egress-'));
const recorded = join(folder, 'connections.txt');
const namespace = uniqueNamespace();
let keys: Keys;

beforeAll(async () => {
  keys = await setUp(namespace);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command line with every connection written down; returns its exit code and where it connected. */
function run(part: string, ...args: readonly string[]) {
  writeFileSync(recorded, '');
  const recorder = pathToFileURL(packagePath('test/fixtures/recordConnections.mjs')).href;
  const { status, stderr } = spawnSync(process.execPath, [packagePath('dist/cli.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      NODE_OPTIONS: `--import=${recorder}`,
      RECORDED_CONNECTIONS: recorded,
      ES_URL: testElasticsearch().url,
      ES_API_KEY: keys[part]?.encoded ?? '',
      OT_ANOMALY_NAMESPACE: namespace,
    },
  });
  const [started, ...targets] = readFileSync(recorded, 'utf8').trim().split('\n');
  expect(started, stderr).toBe('recording');
  return { status, stderr, targets: [...new Set(targets)] };
}

describe('the command line, watched while it works on logs full of controllers', () => {
  const elasticsearch = () => {
    const { hostname, port } = new URL(testElasticsearch().url);
    return [`${hostname}:${port}`];
  };
  const days = ['--start', '2026-01-05', '--days', '15', '--observe-seconds-per-hour', '1'];

  it('simulates and evaluates without any connection', () => {
    const simulated = run('ingest', 'simulate', '--out', 'logs', '--plcs', '1', ...days);
    expect(simulated).toMatchObject({ status: 0, targets: [] });
    const evaluated = run('ingest', 'evaluate', '--baseline', 'logs', '--split', '+14d', '--json');
    expect(evaluated, evaluated.stderr).toMatchObject({ status: 0, targets: [] });
  });

  it('ingests, trains and scores with connections to Elasticsearch alone', () => {
    const logs = readdirSync(join(folder, 'logs')).filter((name) => name.includes('.log'));
    const ingested = run('ingest', 'ingest', ...logs.map((name) => join('logs', name)));
    expect(ingested).toMatchObject({ status: 0, targets: elasticsearch() });
    const window = ['--from', '2026-01-05', '--to', '2026-01-19'];
    const trained = run('trainer', 'train', ...window, '--accept-short-baseline');
    expect(trained, trained.stderr).toMatchObject({ status: 0, targets: elasticsearch() });
    const scored = run('scorer', 'score', '--from', '2026-01-19', '--to', '2026-01-20');
    expect(scored, scored.stderr).toMatchObject({ status: 0, targets: elasticsearch() });
  });
});
