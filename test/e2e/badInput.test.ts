import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/packageRoot.js';
import { toOtRecord } from '../../src/features/otRecord.js';
import { rowsBaseline } from '../../src/model/training/rowsBaseline.js';
import { FOREST_DEFAULTS, train } from '../../src/model/training/train.js';
import { storeModel } from '../../src/registry/store.js';
import { cluster, testElasticsearch, uniqueNamespace } from '../elasticsearch/cluster.js';
import { setUp } from '../elasticsearch/parts.js';

const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-cli-'));
const namespace = uniqueNamespace();
const WINDOW = ['--from', '2026-01-01', '--to', '2026-02-01'];

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let scorerKey: string;

beforeAll(async () => {
  const keys = await setUp(namespace);
  scorerKey = keys['scorer']?.encoded ?? '';
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [packagePath('dist/cli.js'), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const child = start(args, { ES_URL: testElasticsearch().url, ES_API_KEY: scorerKey, ...env });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

function modelsFolder(name: string, files: Readonly<Record<string, string>>): string {
  const models = join(folder, name);
  rmSync(models, { recursive: true, force: true });
  for (const [path, content] of Object.entries(files)) {
    const digest = join(models, path);
    mkdirSync(digest, { recursive: true });
    writeFileSync(join(digest, 'model.json'), content);
  }
  return models;
}

/** Puts what a command needs beside what is wrong with it: a model, an inventory. */
async function prepared(args: readonly string[]): Promise<string[]> {
  writeFileSync(join(folder, 'assets.csv'), 'address,name\n10.0.0.1,plc\n');
  const models = join(folder, 'models');
  await storeModelOfNothing(models);
  return args.map((arg) => (arg === 'MODELS' ? models : arg));
}

/** A whole model of a baseline in which one host was read once a day. */
async function storeModelOfNothing(models: string): Promise<string> {
  const columns = {
    uid: 'C1',
    'id.orig_h': '10.0.0.9',
    'id.orig_p': 40000,
    'id.resp_h': '10.0.0.1',
    'id.resp_p': 502,
  };
  const rows = Array.from({ length: 31 }, (_, day) =>
    toOtRecord({
      log: 'modbus',
      sensor: undefined,
      columns: { ...columns, ts: 86_400 * (day + 0.5), func: 'READ_COILS' },
    }),
  ).filter((row) => row !== undefined);
  const options = {
    ...FOREST_DEFAULTS,
    from: 0,
    to: 31 * 86_400,
    rowsPerKey: 1_000,
    acceptShortBaseline: false,
  };
  const result = await train(rowsBaseline(rows), options);
  if ('refusal' in result) throw new Error('refused');
  return storeModel(models, result.model).sha256;
}

describe('the command line, given something wrong', () => {
  it('says which variable lacks when nothing is configured, and exits with 1', async () => {
    const { code, stderr } = await run(['train', ...WINDOW], { ES_URL: '', ES_API_KEY: '' });
    expect(code).toBe(1);
    expect(stderr).toContain('ES_URL');
    expect(stderr).toContain('ot-anomaly setup');
  });

  // Each waits some seconds for an answer.
  it.concurrent.each([
    ['train', ...WINDOW],
    ['score', '--models', 'MODELS', '--follow'],
    ['setup'],
    ['assets', 'import', 'assets.csv'],
  ])('%s says that nothing answers at a wrong URL, and what to check', async (...args) => {
    const { code, stderr } = await run(await prepared(args), { ES_URL: 'http://127.0.0.1:9' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/can't be reached/);
    expect(stderr).toMatch(/Check ES_URL/);
    expect(stderr).not.toContain(scorerKey);
  });

  it.each([['train', ...WINDOW], ['score', '--models', 'MODELS', '--follow'], ['setup']])(
    '%s says that the key is wrong and how to get another',
    async (...args) => {
      const wrong = Buffer.from('nobody:nothing').toString('base64');
      const { code, stderr } = await run(await prepared(args), { ES_API_KEY: wrong });
      expect(code).toBe(1);
      expect(stderr).toMatch(/HTTP 401/);
      expect(stderr).toMatch(/ES_API_KEY/);
      expect(stderr).not.toContain(wrong);
    },
  );

  it('says which privilege lacks when the key is not for this', async () => {
    const { code, stderr } = await run(['setup', '--namespace', namespace]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/HTTP 403/);
    expect(stderr).toMatch(/privilege/);
  });

  it.each([
    ['train', ...WINDOW],
    ['score', '--models', 'MODELS', ...WINDOW],
  ])('%s says that the streams are missing and that set-up makes them', async (...args) => {
    const { code, stderr } = await run([...(await prepared(args)), '--namespace', uniqueNamespace()]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected source indices matching/);
    expect(stderr).toMatch(/ot-anomaly setup/);
  });

  it('refuses an empty window and writes no model', async () => {
    const models = join(folder, 'none');
    const keys = await setUp(namespace);
    const env = { ES_API_KEY: keys['trainer']?.encoded ?? '' };
    const { code, stderr } = await run(
      ['train', ...WINDOW, '--namespace', namespace, '--models', models],
      env,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected industrial traffic in the window, found no row/);
    expect(existsSync(models) ? readdirSync(models) : []).toEqual([]);
  });

  it.each([
    ['not JSON at all', 'rubbish'],
    ['another JSON', '{"kind":"something else"}'],
    ['nothing', ''],
  ])('refuses a model file that holds %s, before it asks Elasticsearch anything', async (_what, content) => {
    const models = modelsFolder('corrupt', { [`${'ab'.repeat(32)}`]: content });
    const { code, stderr } = await run(['score', '--follow', '--models', models], {
      ES_URL: 'http://127.0.0.1:9',
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected SHA-256 abab.*found/);
    expect(stderr).toMatch(/Do not use it/);
  });

  it('says that there is no model, where it looked and how to make one', async () => {
    const { code, stderr } = await run(['score', '--follow', '--models', join(folder, 'absent')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected one model in .*absent, found 0/);
    expect(stderr).toMatch(/ot-anomaly train/);
  });

  it('leaves no anomaly behind after any of this', async () => {
    const { count } = await cluster().count({ index: `logs-ot_anomaly.anomaly-${namespace}` });
    expect(count).toBe(0);
  });

  it.each([
    [['score'], /expected --follow, or --from and --to/],
    [['train', '--from', 'yesterday', '--to', '2026-01-01'], /ISO 8601/],
    [['train', ...WINDOW, '--trees', '0'], /whole number from 1/],
    [['train', ...WINDOW, '--namespace', 'No Such'], /lower-case letters/],
    [['fly'], /unknown command/],
  ])('%j is wrong usage: exit code 2 and how to get help', async (args, message) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('stops in order at Ctrl-C: the last checkpoint is written, exit code 0 for a follower that was asked to end', async () => {
    const trained = join(folder, 'empty-model');
    const digest = await storeModelOfNothing(trained);
    const child = start(
      ['score', '--follow', '--models', trained, '--namespace', namespace, '--scorer', 'ctrl-c'],
      {
        ES_URL: testElasticsearch().url,
        ES_API_KEY: scorerKey,
      },
    );
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk));
    const closed = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
    while (!stderr.includes('scorer started')) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGINT');
    expect(await closed).toBe(0);
    expect(stderr).toContain('scorer stopped');
    expect(stderr).not.toContain(scorerKey);
    const { hits } = await cluster().search({
      index: `logs-ot_anomaly.checkpoint-${namespace}`,
      query: { term: { 'ot_anomaly.checkpoint.scorer': 'ctrl-c' } },
    });
    expect(hits.hits[0]?._source).toMatchObject({ ot_anomaly: { checkpoint: { model_sha256: digest } } });
  });

  it('keeps keys out of the process list and the keys file to its owner', async () => {
    const child = start(['setup', '--namespace', namespace], superuser());
    const args = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
    await new Promise((resolve) => child.on('close', resolve));
    expect(args).not.toMatch(/password|apikey/i);
    const { mode } = statSync(join(folder, '.config/ot-anomaly/keys.json'));
    expect(mode & 0o777).toBe(0o600);
  });
});

function superuser(): Record<string, string> {
  const { url, username, password, apiKey } = testElasticsearch();
  return {
    ES_URL: url,
    ...(apiKey === undefined ? { ES_USERNAME: username, ES_PASSWORD: password } : { ES_API_KEY: apiKey }),
  };
}
