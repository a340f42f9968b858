import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/packageRoot.js';
import { KNOWN_LOGS } from '../../src/zeek/logTypes.js';
import { type Ended, ended } from '../fixtures/ended.js';
import { cluster, testElasticsearch, uniqueNamespace } from './cluster.js';
import { installAssets, keyOf } from './installAssets.js';

const admin = cluster();
const namespace = uniqueNamespace();
const index = `logs-ot_zeek.modbus-${namespace}`;
let folder: string;
let key: string;

beforeAll(async () => {
  await installAssets(namespace);
  key = await keyOf('ot_anomaly_ingest');
  folder = mkdtempSync(join(tmpdir(), 'ingest-command-'));
});
afterAll(async () => {
  await admin.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the built command with the ingest key, as a user would. */
function start(...args: readonly string[]): {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
} {
  const env = { PATH: process.env['PATH'], ES_URL: testElasticsearch().url, ES_API_KEY: key };
  const child = spawn(process.execPath, [packagePath('dist/cli.js'), 'ingest', ...args], { env });
  return { process: child, ended: ended(child) };
}

function write(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const row = (index: number) =>
  JSON.stringify({ ts: 1_700_000_000 + index, uid: `C${index}`, func: 'READ_COILS' });

describe('ot-anomaly ingest', () => {
  it('prints counts that add up, names failed rows, and prints JSON alone on stdout', async () => {
    const path = write('a.modbus.json', [row(1), 'nonsense', row(2)]);
    const first = await start(path, '--namespace', namespace).ended;
    expect(first).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('read 3 = indexed 2 + already indexed 0 + failed 1'),
      stderr: expect.stringContaining(`${path}:2: not JSON`),
    });
    const second = await start(path, '--namespace', namespace, '--json').ended;
    expect(JSON.parse(second.stdout)).toMatchObject({
      read: 3,
      indexed: 0,
      alreadyIndexed: 3,
      failed: 0,
      ok: true,
      files: [{ path, streams: [index] }],
    });
  });

  it('exits with 1 for a file it can’t read, 2 for wrong usage, and never shows the key', async () => {
    const masked = write('masked.modbus.log', ['#fields\tts', '#types\ttime', 'XXXXXXXXXX.XXXXXX']);
    const refused = await start(masked, '--namespace', namespace).ended;
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/timestamps are masked/),
      stdout: expect.stringContaining('read 1 = indexed 0 + already indexed 0 + failed 1'),
    });
    expect(await start(masked, '--log', 'ssl').ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(KNOWN_LOGS.join(', ')),
    });
    expect(await start().ended).toMatchObject({ code: 2 });
    const nowhere = await start(masked.replace('masked', 'b'), '--namespace', uniqueNamespace()).ended;
    expect(nowhere.code).toBe(1);
    for (const { stdout, stderr } of [refused, nowhere]) expect(`${stdout}${stderr}`).not.toContain(key);
  });

  it('says to run set-up where the streams are missing', async () => {
    const path = write('c.modbus.json', [row(1)]);
    const ended = await start(path, '--namespace', uniqueNamespace()).ended;
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('ot-anomaly setup') });
  });

  it('ends in order at Ctrl-C with 130 and the counts so far; running again brings in the rest', async () => {
    const total = 40_000;
    const path = write(
      'big.modbus.json',
      Array.from({ length: total }, (_, i) => row(i + 10)),
    );
    const running = start(path, '--namespace', namespace, '--json', '--sensor', 'interrupted');
    const query = { term: { 'observer.name': 'interrupted' } };
    while ((await admin.count({ index, query })).count === 0)
      await new Promise((resume) => setTimeout(resume, 20));
    running.process.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    const { read, indexed, interrupted } = JSON.parse(stdout) as Record<string, unknown>;
    expect(interrupted).toBe(true);
    expect(indexed).toBe(read);
    expect(read).toBeLessThan(total);
    const again = await start(path, '--namespace', namespace, '--json', '--sensor', 'interrupted').ended;
    expect(JSON.parse(again.stdout)).toMatchObject({ read: total, alreadyIndexed: read, ok: true });
    await admin.indices.refresh({ index });
    expect((await admin.count({ index, query })).count).toBe(total);
  }, 120_000);
});
