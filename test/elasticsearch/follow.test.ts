import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Client } from '@elastic/elasticsearch';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { followLogs } from '../../src/app/followLogs.js';
import { ingest } from '../../src/app/ingest.js';
import { WRITER_LIMITS, type WriterLimits } from '../../src/ingest/sourceWriter.js';
import { ensureStream } from '../../src/setup/streams.js';
import { type Fault, faultyProxy } from '../fixtures/faultyProxy.js';
import { cluster, testElasticsearch, uniqueNamespace } from './cluster.js';
import { clientWith, installAssets, keyOf } from './installAssets.js';

const admin = cluster();
let namespace: string;
let index: string;
let writer: Client;
let key: string;
let folder: string;
let current: string;
let archive: string;

beforeAll(async () => {
  await installAssets(uniqueNamespace());
  key = await keyOf('ot_anomaly_ingest');
  writer = clientWith(key);
});
beforeEach(async () => {
  namespace = uniqueNamespace();
  index = `logs-ot_zeek.modbus-${namespace}`;
  await ensureStream(admin, index);
  folder = mkdtempSync(join(tmpdir(), 'follow-'));
  current = join(folder, 'current');
  archive = join(folder, '2026-01-05');
  for (const each of [current, archive]) mkdirSync(each);
});
afterAll(async () => {
  await writer.close();
  await admin.close();
});

const json = (n: number) =>
  `${JSON.stringify({ ts: 1_767_571_200 + n, uid: `C${n}`, func: 'READ_COILS', unit: 1 })}\n`;
const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => json(from + i)).join('');

function start(
  options: { readonly client?: Client; readonly state?: string; readonly limits?: WriterLimits } = {},
) {
  const stop = new AbortController();
  const following = followLogs({
    client: options.client ?? writer,
    paths: [current, archive],
    namespace,
    run: `run-${process.hrtime.bigint()}`,
    statePath: options.state ?? join(folder, 'state', 'follow.json'),
    pollMs: 250,
    now: () => new Date(),
    logger: pino({ level: 'silent' }),
    signal: stop.signal,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  return {
    async stop() {
      stop.abort();
      return following;
    },
  };
}

async function documents(): Promise<number> {
  await admin.indices.refresh({ index });
  return (await admin.count({ index })).count;
}

/** Waits until so many documents are there, and then long enough for any that are too many. */
async function settled(expected: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  while ((await documents()) < expected && performance.now() < deadline) await sleep(100);
  await sleep(800);
  expect(await documents()).toBe(expected);
}

/** Every row once: nothing lost, nothing doubled. */
async function expectUids(count: number): Promise<void> {
  const found = await admin.search({
    index,
    size: 0,
    aggregations: { uids: { cardinality: { field: 'zeek.session_id', precision_threshold: 10_000 } } },
  });
  expect(found.aggregations?.['uids']).toMatchObject({ value: count });
}

describe('following logs', () => {
  it('takes what is appended, renamed, compressed, removed and begun anew: the counts add up', async () => {
    const log = join(current, 'modbus.log');
    writeFileSync(log, rows(0, 500));
    const follower = start();
    await settled(500);
    appendFileSync(log, rows(500, 700));
    renameSync(log, join(archive, 'modbus.00:00:00-01:00:00.log')); // with rows that nobody has read yet
    writeFileSync(log, rows(700, 900));
    appendFileSync(join(archive, 'modbus.00:00:00-01:00:00.log'), rows(900, 950)); // Zeek's last buffer
    await settled(950);
    writeFileSync(
      join(archive, 'modbus.00:00:00-01:00:00.log.gz'),
      gzipSync(readFileSync(join(archive, 'modbus.00:00:00-01:00:00.log'))),
    );
    unlinkSync(join(archive, 'modbus.00:00:00-01:00:00.log'));
    appendFileSync(log, rows(950, 1_000));
    await settled(1_000);
    copyFileSync(log, join(archive, 'modbus.01:00:00-02:00:00.log'));
    truncateSync(log);
    appendFileSync(log, rows(1_000, 1_020));
    await settled(1_020);
    unlinkSync(log);
    writeFileSync(log, rows(1_020, 1_500));
    await settled(1_500);
    const { read, indexed, alreadyIndexed, failed, unkept } = await follower.stop();
    expect({ indexed, failed, unkept }).toEqual({ indexed: 1_500, failed: 0, unkept: 0 });
    expect(read).toBe(indexed + alreadyIndexed);
    await expectUids(1_500);
  }, 180_000);

  it('goes on after a restart: what was rotated, compressed and written meanwhile is read once', async () => {
    const log = join(current, 'modbus.log');
    writeFileSync(log, rows(0, 300));
    const first = start();
    await settled(300);
    await first.stop();
    appendFileSync(log, rows(300, 400));
    writeFileSync(join(archive, 'modbus.2026-01-05.log.gz'), gzipSync(readFileSync(log)));
    unlinkSync(log);
    writeFileSync(log, rows(400, 450));
    const second = start();
    await settled(450);
    expect(await second.stop()).toMatchObject({ read: 150, indexed: 150, alreadyIndexed: 0 });
    const third = start();
    await sleep(2_500);
    expect(await third.stop()).toMatchObject({ read: 0 });
    await expectUids(450);
  }, 120_000);

  it('without its state reads all again and doubles nothing', async () => {
    writeFileSync(join(current, 'modbus.log'), rows(0, 120));
    const first = start();
    await settled(120);
    await first.stop();
    const again = start({ state: join(folder, 'other', 'state.json') });
    await sleep(2_500);
    expect(await again.stop()).toMatchObject({ read: 120, indexed: 0, alreadyIndexed: 120 });
    await settled(120);
  }, 120_000);

  it('lets a last line wait for its end, and takes it as it is once the log was rotated', async () => {
    const log = join(current, 'modbus.log');
    const whole = json(1);
    writeFileSync(log, `${json(0)}${whole.slice(0, 30)}`);
    const follower = start();
    await settled(1);
    appendFileSync(log, whole.slice(30));
    await settled(2);
    appendFileSync(log, json(2).trimEnd());
    await settled(2);
    renameSync(log, join(archive, 'modbus.2026-01-05.log'));
    await settled(3);
    expect(await follower.stop()).toMatchObject({ read: 3, indexed: 3, failed: 0 });
  }, 120_000);

  it('keeps the header of a TSV log in mind, and counts identical rows on, over a restart in its middle', async () => {
    const header = [
      '#separator \\x09',
      '#path\tmodbus',
      '#fields\tts\tuid\tfunc',
      '#types\ttime\tstring\tstring',
    ];
    const row = (uid: string) => `1767571200.500000\t${uid}\tREAD_COILS\n`;
    const log = join(current, 'modbus.log');
    writeFileSync(log, `${header.join('\n')}\n${row('C1')}`);
    const first = start();
    await settled(1);
    await first.stop();
    appendFileSync(log, `${row('C1')}${row('C2')}`); // the same row again: two in the log, two documents
    const second = start();
    await settled(3);
    await second.stop();
    // the ids are those of reading the file as a whole
    const whole = await ingest(writer, [log], { namespace, run: 'whole' });
    expect(whole).toMatchObject({ read: 3, indexed: 0, alreadyIndexed: 3 });
  }, 120_000);

  it('passes over what is no log of ours, and keeps rows it can’t parse', async () => {
    writeFileSync(join(current, 'dns.log'), json(1));
    writeFileSync(join(current, 'stderr.log'), 'warning\n');
    writeFileSync(join(current, 'modbus.log'), `${json(1)}{broken\n${json(2)}`);
    const follower = start();
    await settled(3);
    expect(await follower.stop()).toMatchObject({ read: 3, indexed: 3, failed: 1, unkept: 0 });
  }, 120_000);

  it('waits for a cluster that loses answers and is busy for long, and loses and doubles nothing', async () => {
    const faults: readonly Fault[] = ['lost', 'busy', 'busy', 'busy', 'lost', 'busy', 'busy', 'busy', 'lost'];
    const proxy = await faultyProxy(testElasticsearch().url, faults);
    const client = new Client({ node: proxy.url, auth: { apiKey: key }, maxRetries: 0 });
    writeFileSync(join(current, 'modbus.log'), rows(0, 400));
    const follower = start({ client, limits: { ...WRITER_LIMITS, attempts: 2, firstPauseMs: 10 } });
    await settled(400);
    appendFileSync(join(current, 'modbus.log'), rows(400, 600));
    await settled(600);
    while (proxy.left() > 0) await sleep(50); // the documents of a lost answer are there before it is asked again
    await follower.stop();
    await client.close();
    proxy.close();
    await expectUids(600);
  }, 180_000);

  it('makes a line searchable soon after it is written', async () => {
    const log = join(current, 'modbus.log');
    writeFileSync(log, rows(0, 10));
    const follower = start();
    await settled(10);
    const milliseconds: number[] = [];
    for (let i = 0; i < 20; i++) {
      const uid = `L${i}`;
      const began = performance.now();
      appendFileSync(log, `${JSON.stringify({ ts: 1_767_580_000 + i, uid, func: 'READ_COILS', unit: 1 })}\n`);
      while ((await admin.count({ index, query: { term: { 'zeek.session_id': uid } } })).count === 0)
        await sleep(10);
      milliseconds.push(performance.now() - began);
      await sleep(70 * (i % 5));
    }
    await follower.stop();
    milliseconds.sort((a, b) => a - b);
    console.log(
      `line written to searchable: median ${Math.round(milliseconds[10] ?? 0)} ms, slowest ${Math.round(milliseconds[19] ?? 0)} ms`,
    );
    expect(milliseconds[10]).toBeLessThan(5_000);
  }, 120_000);

  it('says what to do about a state file that is damaged', async () => {
    mkdirSync(join(folder, 'state'));
    writeFileSync(join(folder, 'state', 'follow.json'), '{"version":1,"files":[{}]}');
    await expect(start().stop()).rejects.toThrow(/follow.json can't be used/);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
