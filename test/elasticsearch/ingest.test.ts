import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingest } from '../../src/app/ingest.js';
import { createClient } from '../../src/elasticsearch/client.js';
import type { FileReport } from '../../src/ingest/ingestFile.js';
import { WRITER_LIMITS } from '../../src/ingest/sourceWriter.js';
import { type Fault, faultyProxy } from '../fixtures/faultyProxy.js';
import { cluster, testElasticsearch, uniqueNamespace } from './cluster.js';
import { installAssets, keyOf } from './installAssets.js';

const admin = cluster();
const namespace = uniqueNamespace();
let client: Client;
let folder: string;
let runs = 0;

beforeAll(async () => {
  await installAssets(namespace);
  client = clientOf(testElasticsearch().url, await keyOf('ot_anomaly_ingest'));
  folder = mkdtempSync(join(tmpdir(), 'ingest-'));
});
afterAll(async () => {
  await client?.close();
  await admin.close();
  rmSync(folder, { recursive: true, force: true });
});

function clientOf(url: string, encoded: string): Client {
  return createClient({ url, credential: { kind: 'apiKey', encoded } });
}

interface Options {
  /** Part of each row's id, and so what keeps one test's rows apart from another's. */
  readonly sensor: string;
  readonly site?: string;
  readonly as?: Client;
  readonly signal?: AbortSignal;
  readonly documents?: number;
}

async function ingestAll(
  paths: readonly string[],
  { sensor, site, as = client, signal, documents }: Options,
) {
  return ingest(as, paths, {
    namespace: site ?? namespace,
    sensor,
    run: `run-${process.pid}-${++runs}`,
    signal,
    limits: { ...WRITER_LIMITS, firstPauseMs: 10, documents: documents ?? WRITER_LIMITS.documents },
  });
}

async function ingestOne(path: string, options: Options): Promise<FileReport> {
  const [report] = (await ingestAll([path], options)).files;
  if (report === undefined) throw new Error('no report');
  expect(report.read).toBe(report.indexed + report.alreadyIndexed + report.failed);
  expect(report.missing).toBe(0);
  return report;
}

function write(name: string, content: string | Buffer): string {
  const path = join(mkdtempSync(join(folder, 'f-')), name);
  writeFileSync(path, content);
  return path;
}

const row = (index: number, more: object = {}) =>
  JSON.stringify({
    ts: 1_700_000_000 + index,
    uid: `C${index}`,
    'id.orig_h': '10.0.0.1',
    func: 'READ_COILS',
    ...more,
  });
const rows = (count: number) => Array.from({ length: count }, (_, index) => `${row(index)}\n`).join('');

let sensors = 0;
function freshSensor(): string {
  sensors += 1;
  return `s${sensors}`;
}

/** How many documents of a sensor are in the source streams. */
async function documentsOf(sensor: string): Promise<number> {
  const index = `logs-ot_zeek.*-${namespace}`;
  await admin.indices.refresh({ index });
  return (await admin.count({ index, query: { term: { 'observer.name': sensor } } })).count;
}

describe('ingest', () => {
  it('counts rows that can’t be parsed, keeps them and names the first with their lines', async () => {
    const sensor = freshSensor();
    const path = write(
      'modbus.json',
      [row(1), 'nonsense', '', row(2, { ts: 'soon' }), row(3), row(3), '{"_path":"ssl","ts":1.5}', ''].join(
        '\n',
      ),
    );
    const report = await ingestOne(path, { sensor });
    expect(report).toMatchObject({ read: 6, indexed: 3, alreadyIndexed: 0, failed: 3 });
    expect(report.failures.map(({ line }) => line)).toEqual([2, 4, 7]);
    const index = `logs-ot_zeek.modbus-${namespace}`;
    const { hits } = await admin.search<Record<string, unknown>>({
      index,
      query: {
        bool: {
          filter: [{ term: { 'event.kind': 'pipeline_error' } }, { term: { 'observer.name': sensor } }],
        },
      },
    });
    expect(hits.hits.map(({ _source }) => _source)).toContainEqual(
      expect.objectContaining({
        error: { message: expect.stringMatching(/^line 2: not JSON/) },
        event: expect.objectContaining({ original: 'nonsense' }),
        log: { file: { path } },
      }),
    );
    expect(await ingestOne(path, { sensor })).toMatchObject({ indexed: 0, alreadyIndexed: 5, failed: 1 });
    expect(await documentsOf(sensor)).toBe(5);
  });

  it('sends what a mapping refuses again as a pipeline_error', async () => {
    const sensor = freshSensor();
    const path = write('modbus.json', [row(1), row(2, { func: { no: 'text' } }), row(3)].join('\n'));
    const report = await ingestOne(path, { sensor });
    expect(report).toMatchObject({ read: 3, indexed: 2, failed: 1 });
    expect(report.failures).toEqual([{ line: 2, reason: expect.stringContaining('zeek.modbus.func') }]);
    expect(await documentsOf(sensor)).toBe(3);
  });

  it('counts what only a pipeline finds wrong', async () => {
    const sensor = freshSensor();
    const path = write('conn.json', '{"ts":1.5,"service":{"no":"text"}}\n{"ts":2.5,"service":"modbus"}\n');
    const report = await ingestOne(path, { sensor });
    expect(report).toMatchObject({ read: 2, indexed: 1, failed: 1 });
    expect(report.failures).toEqual([{ reason: expect.stringContaining("tag 'protocol'") }]);
  });

  it('brings what there is of a truncated gzip in, and says what it read', async () => {
    const sensor = freshSensor();
    const lines = Array.from({ length: 5_000 }, (_, i) => row(i, { uid: String(Math.sin(i)) })).join('\n');
    const whole = gzipSync(`${lines}\n`);
    const path = write('modbus.json.gz', whole.subarray(0, whole.length / 2));
    const report = await ingestOne(path, { sensor });
    expect(report.read).toBeGreaterThan(100);
    expect(report.indexed).toBe(report.read);
    expect(report.error).toMatchObject({
      code: 'damaged_gzip',
      message: expect.stringContaining(`${report.read} rows were read`),
    });
    const repaired = await ingestOne(write('modbus.json.gz', whole), { sensor });
    expect(repaired).toMatchObject({
      read: 5_000,
      alreadyIndexed: report.read,
      indexed: 5_000 - report.read,
    });
  });

  it.each([
    ['binary junk', 'conn.log', Buffer.from('d4c3b2a1020004000000000000000000', 'hex'), 'not_a_zeek_log'],
    ['an unknown log', 'ssl.json', '{"ts":1.5}\n', 'unknown_log_type'],
    ['damaged gzip', 'conn.log.gz', Buffer.from('1f8b08000000000000ff4142434445', 'hex'), 'damaged_gzip'],
  ])('refuses %s and writes nothing', async (_, name, content, code) => {
    const sensor = freshSensor();
    const report = await ingestAll([write(name, content)], { sensor });
    expect(report).toMatchObject({ ok: false, indexed: 0, files: [{ error: { code } }] });
    expect(await documentsOf(sensor)).toBe(0);
  });

  it('goes on with the next file after one that is missing', async () => {
    const sensor = freshSensor();
    const report = await ingestAll([join(folder, 'missing.log'), write('modbus.json', rows(3))], {
      sensor,
    });
    expect(report).toMatchObject({ ok: false, indexed: 3, files: [{ error: { code: 'unreadable' } }, {}] });
  });

  it('keeps the beginning of a line of 10 MB and the rows around it', async () => {
    const sensor = freshSensor();
    const path = write('modbus.json', `${row(1)}\n${row(2, { func: 'x'.repeat(10_000_000) })}\n${row(3)}\n`);
    const report = await ingestOne(path, { sensor });
    expect(report).toMatchObject({ read: 3, indexed: 2, failed: 1, failures: [{ line: 2 }] });
  });

  it('doubles nothing when the stream rolled over in between', async () => {
    const sensor = freshSensor();
    const path = write('modbus.json', rows(1_000));
    await ingestOne(path, { sensor });
    await admin.indices.rollover({ alias: `logs-ot_zeek.modbus-${namespace}` });
    const longer = write('modbus.json', rows(1_500));
    expect(await ingestOne(longer, { sensor })).toMatchObject({ indexed: 500, alreadyIndexed: 1_000 });
    expect(await ingestOne(longer, { sensor })).toMatchObject({ indexed: 0, alreadyIndexed: 1_500 });
    expect(await documentsOf(sensor)).toBe(1_500);
  });

  it('stops when interrupted, and running again brings in the rest', async () => {
    const sensor = freshSensor();
    const path = write('modbus.json', rows(10_000));
    const controller = new AbortController();
    const first = ingestAll([path], { sensor, signal: controller.signal, documents: 250 });
    await waitFor(async () => (await documentsOf(sensor)) > 0);
    controller.abort();
    const { read, indexed, interrupted } = await first;
    expect(interrupted).toBe(true);
    expect(indexed).toBe(read);
    expect(read).toBeLessThan(10_000);
    expect(await ingestOne(path, { sensor })).toMatchObject({
      read: 10_000,
      indexed: 10_000 - read,
      alreadyIndexed: read,
    });
  });
});

describe('a cluster that isn’t well', () => {
  it.each<[string, readonly Fault[]]>([
    ['too busy for a while', ['busy', 'busy', 'busy']],
    ['loses answers', ['lost', 'lost']],
    ['does both', ['busy', 'lost', 'busy']],
  ])('%s: no row is lost, doubled or miscounted', async (_, faults) => {
    const sensor = freshSensor();
    const proxy = await faultyProxy(testElasticsearch().url, faults);
    const through = clientOf(proxy.url, await keyOf('ot_anomaly_ingest'));
    const path = write('modbus.json', rows(3_000));
    const report = await ingestOne(path, { sensor, as: through, documents: 1_000 });
    expect(report).toMatchObject({ read: 3_000, indexed: 3_000, alreadyIndexed: 0, failed: 0 });
    expect(await documentsOf(sensor)).toBe(3_000);
    expect(proxy.left()).toBe(0);
    await through.close();
    proxy.close();
  });

  it('gives up after a bounded number of attempts', async () => {
    const sensor = freshSensor();
    const proxy = await faultyProxy(testElasticsearch().url, Array<Fault>(50).fill('busy'));
    const through = clientOf(proxy.url, await keyOf('ot_anomaly_ingest'));
    const report = ingestAll([write('modbus.json', rows(3))], { sensor, as: through });
    await expect(report).rejects.toMatchObject({ code: 'overloaded' });
    await through.close();
    proxy.close();
  });
});

describe('what isn’t set up', () => {
  it('says to run set-up where the stream is missing, and makes no index of its own', async () => {
    const site = uniqueNamespace();
    const report = ingestAll([write('conn.json', '{"ts":1.5}\n')], { sensor: 's', site, as: admin });
    await expect(report).rejects.toMatchObject({
      code: 'not_set_up',
      advice: expect.stringContaining('ot-anomaly setup'),
    });
    expect(await admin.indices.exists({ index: `logs-ot_zeek.conn-${site}` })).toBe(false);
  });

  it('refuses an index that something else made', async () => {
    const site = uniqueNamespace();
    const index = `other-${site}`;
    await admin.indices.create({ index, aliases: { [`logs-ot_zeek.conn-${site}`]: {} } });
    const report = ingestAll([write('conn.json', '{"ts":1.5}\n')], { sensor: 's', site, as: admin });
    await expect(report).rejects.toMatchObject({ code: 'not_set_up' });
    await admin.indices.delete({ index });
  });

  it.each([
    ['read', 'forbidden'],
    ['create_doc', 'forbidden'],
  ])('names the privilege of a key without %s', async (privilege, code) => {
    const sensor = freshSensor();
    const { url } = testElasticsearch();
    const limited = clientOf(url, await keyOf('ot_anomaly_ingest', [privilege]));
    const report = ingestAll([write('conn.json', '{"ts":1.5}\n')], { sensor, as: limited });
    await expect(report).rejects.toMatchObject({ code, advice: expect.stringContaining(privilege) });
    expect(await documentsOf(sensor)).toBe(0);
    await limited.close();
  });

  it.each([
    ['a wrong key', testElasticsearch().url, 'unauthenticated', 'ES_API_KEY'],
    ['a wrong address', 'http://127.0.0.1:9', 'unreachable', 'ES_URL'],
  ])('says what to do about %s', async (_, url, code, advice) => {
    const wrong = clientOf(url, 'd3Jvbmc6d3Jvbmc=');
    const report = ingestAll([write('conn.json', '{"ts":1.5}\n')], { sensor: 's', as: wrong });
    await expect(report).rejects.toMatchObject({ code, advice: expect.stringContaining(advice) });
    await wrong.close();
  });
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('waited 30 s in vain');
    await new Promise((resume) => setTimeout(resume, 20));
  }
}
