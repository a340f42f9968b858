import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/packageRoot.js';
import { roles } from '../../src/setup/assets.js';
import { ensureRole } from '../../src/setup/parts.js';
import type { SimulatedRow } from '../../src/simulator/index.js';
import { CONVENTIONS, type Convention } from '../fixtures/conventions/shape.js';
import { cluster, testElasticsearch, uniqueNamespace } from './cluster.js';
import { indexRows, ownIndices } from './conventions.js';
import { sourceRights } from './sourceRights.js';

const admin = cluster();
const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-first-hour-'));
const bin = join(folder, 'bin');
const run = promisify(execFile);
/** One site for all conventions: their indices have names of their own, and a site is many streams. */
const conventions = uniqueNamespace('gs');

beforeAll(() => {
  mkdirSync(bin);
  // On a node that tests share, the patterns of a convention find the indices of others: TEST_INDEX narrows them.
  writeFileSync(
    join(bin, 'ot-anomaly'),
    `#!/bin/bash
case "$1" in doctor|train|score) [ -z "$TEST_INDEX" ] || set -- "$@" --index "$TEST_INDEX" ;; esac
exec node '${packagePath('dist/cli.js')}' "$@"
`,
  );
  chmodSync(join(bin, 'ot-anomaly'), 0o755);
});
afterAll(async () => {
  await resetRoles();
  rmSync(folder, { recursive: true, force: true });
  await admin.close();
});

/** The commands of one path through the guide. */
function blocks(path: string): string {
  const guide = readFileSync(packagePath('docs/getting-started.md'), 'utf8');
  const found = [...guide.matchAll(/^```sh (\w+)\n([\s\S]*?)^```$/gm)].filter(([, name]) => name === path);
  expect(found.length).toBeGreaterThan(0);
  return found.map(([, , commands]) => commands).join('');
}

/** Runs them as a person would, in one shell in an empty folder, stopping at the first that fails. */
async function shell(commands: string, namespace: string, env: Record<string, string> = {}) {
  const cwd = mkdtempSync(join(folder, 'home-'));
  const { url, username, password, apiKey } = testElasticsearch();
  const credential =
    apiKey === undefined ? { ES_USERNAME: username, ES_PASSWORD: password } : { ES_API_KEY: apiKey };
  const { stdout, stderr } = await run('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd,
    env: {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: cwd,
      ES_URL: url,
      OT_ANOMALY_NAMESPACE: namespace,
      TEST_INDEX: '',
      ...credential,
      ...env,
    },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { cwd, stdout, stderr };
}

async function alerts(namespace: string): Promise<number> {
  const index = `logs-ot_anomaly.anomaly-${namespace}`;
  await admin.indices.refresh({ index, ignore_unavailable: true });
  return (await admin.count({ index, ignore_unavailable: true, query: { term: { 'event.kind': 'alert' } } }))
    .count;
}

describe('the first hour', () => {
  it('from an empty cluster: set up, bring logs in, look, train, score', async () => {
    const namespace = uniqueNamespace('gs');
    const { cwd, stdout } = await shell(blocks('empty'), namespace);
    expect(stdout).toContain('ot-anomaly train --namespace');
    expect(stdout).toContain('credential of the scorer: exactly its rights');
    expect(stdout).toMatch(/model [0-9a-f]{64}/);
    expect(readdirSync(join(cwd, 'models'))).toHaveLength(1);
    expect(await alerts(namespace)).toBeGreaterThan(0);
  }, 240_000);

  it('from a folder of logs, without Elasticsearch', async () => {
    const { stdout } = await shell(blocks('folder'), 'default', { ES_URL: 'http://127.0.0.1:9' });
    expect(stdout).toMatch(/label {5}new-source: \d+ rows, recall [\d.]+/);
  }, 120_000);

  it.each(CONVENTIONS)(
    'from the indices of %s',
    async (convention) => {
      const namespace = conventions;
      const before = await alerts(namespace);
      await indexRows(admin, convention, namespace, quietMonth());
      const commands = blocks('convention').replace(
        'OT_ANOMALY_PROFILE=elastic',
        `OT_ANOMALY_PROFILE=${convention}`,
      );
      const { stdout, stderr } = await shell(commands, namespace, {
        TEST_INDEX: narrowed(convention, namespace),
      });
      expect(stdout).toContain(`profile ${convention}`);
      expect(stdout).toContain('credential of the scorer: exactly its rights');
      expect(stderr).toContain('weaker here: ');
      expect(await alerts(namespace)).toBeGreaterThan(before);
    },
    240_000,
  );
});

describe('set-up with --profile', sourceRights);

/** Roles are the cluster's: other tests go on with the rights of the files. */
async function resetRoles(): Promise<void> {
  for (const role of roles()) await ensureRole(admin, role);
}

/** Elastic's patterns hold the namespace themselves. */
function narrowed(convention: Convention, namespace: string): string {
  return convention === 'elastic' ? '' : ownIndices(convention, namespace);
}

/** 32 days of one master that reads one PLC every half hour, as Zeek logs it; at last somebody else does. */
function quietMonth(): readonly Pick<SimulatedRow, 'log' | 'row' | 'writtenAt'>[] {
  const from = Date.parse('2026-01-05T00:00:00Z') / 1000;
  return Array.from({ length: 32 * 48 }, (_, i) => {
    const ts = from + i * 1_800;
    const last = i === 32 * 48 - 1;
    const row = {
      ts,
      uid: `C${i}`,
      'id.orig_h': last ? '10.0.9.9' : '10.0.0.1',
      'id.orig_p': 40_000,
      'id.resp_h': '10.0.0.2',
      'id.resp_p': 502,
    };
    const conn = {
      ...row,
      proto: 'tcp',
      service: 'modbus',
      duration: 1,
      orig_bytes: 12,
      resp_bytes: 11,
      orig_ip_bytes: 92,
      resp_ip_bytes: 91,
      history: 'ShADadFf',
      conn_state: 'SF',
    };
    return [
      { log: 'conn' as const, row: conn, writtenAt: ts + 1 },
      {
        log: 'modbus' as const,
        row: { ...row, unit: 1, func: 'READ_COILS', pdu_type: 'REQ' },
        writtenAt: ts,
      },
    ];
  }).flat();
}
