import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, estypes } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doctor, type PartClient } from '../../src/app/doctor.js';
import type { FindingCode } from '../../src/doctor/finding.js';
import { describeReport } from '../../src/doctor/report.js';
import { loadProfile } from '../../src/profiles/load.js';
import { componentTemplates, indexTemplates, pipelines, roles } from '../../src/setup/assets.js';
import { installComponentTemplate, installIndexTemplate, installPipeline } from '../../src/setup/install.js';
import { sourcePatterns, withSources } from '../../src/setup/sourceRights.js';
import { ensureStream } from '../../src/setup/streams.js';
import { shapeElastic } from '../fixtures/conventions/elastic.js';
import { cluster, testElasticsearch, uniqueNamespace } from './cluster.js';
import { clientWith, keyOf } from './installAssets.js';

const HOUR = 3_600_000;
const DAY_HOURS = 24;
const namespace = uniqueNamespace('d');
const admin: Client = cluster();
const elastic = loadProfile('elastic');
const clients: Client[] = [];
let scorer: PartClient;

/** What a site looks like; each mistake changes one thing of one that is well. */
interface Site {
  /** hours back from now that hold rows, and of which sensor */
  readonly hours?: (log: 'conn' | 'modbus', hoursAgo: number) => readonly string[];
  /** ms from a row's time to its arrival */
  readonly arrivesAfter?: (hoursAgo: number, sensor: string) => number;
  readonly properties?: Record<string, estypes.MappingProperty>;
  readonly settings?: estypes.IndicesIndexSettings;
  readonly change?: (document: Record<string, unknown>) => Record<string, unknown>;
}

const KEYWORD = { type: 'keyword' } as const;
const PROPERTIES: Record<string, estypes.MappingProperty> = {
  '@timestamp': { type: 'date' },
  event: { properties: { kind: KEYWORD, dataset: KEYWORD, ingested: { type: 'date' } } },
  agent: { properties: { name: KEYWORD } },
  source: { properties: { ip: { type: 'ip' }, port: { type: 'long' }, bytes: { type: 'long' } } },
  destination: { properties: { ip: { type: 'ip' }, port: { type: 'long' }, bytes: { type: 'long' } } },
  network: { properties: { protocol: KEYWORD } },
  zeek: {
    properties: {
      session_id: KEYWORD,
      connection: { properties: { history: KEYWORD } },
      modbus: { properties: { function: KEYWORD, unit: KEYWORD, exception: KEYWORD, pdu_type: KEYWORD } },
    },
  },
};

let sites = 0;

/** Brings 32 days of a small plant into an index of its own, shaped as Elastic's integration does. */
async function makeSite(site: Site = {}): Promise<string> {
  sites += 1;
  const index = `logs-zeek.site${sites}-${namespace}`;
  await admin.indices.create({
    index,
    mappings: { dynamic: false, properties: { ...PROPERTIES, ...site.properties } },
    settings: { number_of_replicas: 0, refresh_interval: '1s', ...site.settings },
  });
  const now = Date.now();
  const operations: unknown[] = [];
  for (let hoursAgo = 32 * DAY_HOURS; hoursAgo >= 0; hoursAgo -= 1)
    for (const log of ['conn', 'modbus'] as const)
      for (const sensor of site.hours?.(log, hoursAgo) ?? ['north']) {
        const at = now - hoursAgo * HOUR - 30_000;
        const document = shapeElastic({
          log,
          columns: {
            ts: at / 1000,
            uid: `C${hoursAgo}`,
            'id.orig_h': '10.0.0.1',
            'id.orig_p': 40_000,
            'id.resp_h': '10.0.0.2',
            'id.resp_p': 502,
            proto: 'tcp',
            ...(log === 'conn'
              ? { service: 'modbus', history: 'ShADadFf' }
              : { func: 'READ_COILS', unit: 1 }),
          },
          sensor,
          arrivedAt: at + (site.arrivesAfter?.(hoursAgo, sensor) ?? 1_000),
        });
        operations.push({ create: {} }, site.change?.({ ...document }) ?? document);
      }
  const { errors, items } = await admin.bulk({ index, operations, refresh: true });
  if (errors) throw new Error(JSON.stringify(items.find(({ create }) => create?.error)));
  return index;
}

interface Look {
  readonly part?: PartClient;
  readonly profiles?: Parameters<typeof doctor>[0]['profiles'];
  readonly chosen?: boolean;
  readonly ns?: string;
  readonly watchSeconds?: number;
}

async function look(index: string, options: Look = {}) {
  return doctor({
    parts: [options.part ?? scorer],
    namespace: options.ns ?? namespace,
    profiles: options.profiles ?? [elastic],
    chosen: options.chosen ?? true,
    index,
    pollMs: 500,
    overlapSeconds: 2,
    latenessSeconds: 5,
    watchSeconds: options.watchSeconds ?? 0,
    now: () => new Date(),
    onProgress: () => {},
    signal: new AbortController().signal,
  });
}

/** What is named beyond notes. */
async function codes(index: string, options: Look = {}): Promise<readonly FindingCode[]> {
  const { findings } = await look(index, options);
  return findings.filter(({ severity }) => severity !== 'note').map(({ code }) => code);
}

/** A key with the scorer's rights for Elastic's indices, changed. */
async function key(
  change: (
    role: Pick<estypes.SecurityRoleDescriptor, 'cluster' | 'indices'>,
  ) => estypes.SecurityRoleDescriptor,
): Promise<Client> {
  const file = roles().find(({ name }) => name === 'ot_anomaly_scorer');
  if (file === undefined) throw new Error('no role file of the scorer');
  const { cluster, indices } = withSources(file, sourcePatterns(['elastic']));
  const own = indices.map(({ names, privileges }) => ({ names: [...names], privileges: [...privileges] }));
  const { encoded } = await admin.security.createApiKey({
    name: 'test-doctor',
    expiration: '1h',
    role_descriptors: { only: change({ cluster: [...cluster], indices: own }) },
  });
  const client = clientWith(encoded);
  clients.push(client);
  return client;
}

beforeAll(async () => {
  for (const asset of pipelines()) await installPipeline(admin, asset);
  for (const asset of componentTemplates()) await installComponentTemplate(admin, asset);
  for (const asset of indexTemplates()) await installIndexTemplate(admin, asset);
  for (const dataset of ['anomaly', 'checkpoint', 'audit', 'asset', 'decision', 'maintenance'])
    await ensureStream(admin, `logs-ot_anomaly.${dataset}-${namespace}`);
  await ensureStream(admin, `metrics-ot_anomaly.scorer-${namespace}`);
  // Every site of this file is an index of this pattern; the scorer may read it and its settings.
  scorer = {
    part: 'scorer',
    client: await key(({ cluster, indices = [] }) => ({
      cluster: cluster ?? [],
      indices: [
        ...indices,
        { names: [`logs-zeek.site*-${namespace}`], privileges: ['read', 'view_index_metadata'] },
      ],
    })),
  };
}, 120_000);
afterAll(async () => {
  for (const client of clients) await client.close();
  await admin.close();
});

describe('doctor', () => {
  it('finds nothing to mend where all is well, and says how to train', async () => {
    const index = await makeSite();
    const report = await look(index);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ exitCode: 0, rights: [{ missing: [], excess: [], superuser: false }] });
    expect(report.profiles).toMatchObject([
      {
        name: 'elastic',
        indices: [{ index }],
        sensors: ['north'],
        logs: [
          { log: 'conn', rows: 769, coverage: 1, gaps: [] },
          { log: 'modbus', rows: 769, coverage: 1, gaps: [] },
        ],
        refresh: { from: 'settings', slowest: 1 },
      },
    ]);
    expect(report.profiles[0]?.days).toBeGreaterThanOrEqual(32);
    expect(report.next[0]).toMatch(
      /^ot-anomaly train --profile elastic --namespace \S+ --from \d{4}-\d\d-\d\d --to/,
    );
    expect(describeReport(report)).toContain('nothing to mend');
  });

  it('names the profile that fits where another was chosen', async () => {
    const index = await makeSite();
    const wrong = await look(index, { profiles: [loadProfile('malcolm')] });
    expect(wrong).toMatchObject({ exitCode: 2 });
    expect(wrong.findings.map(({ code }) => code)).toContain('profile_does_not_fit');
    const all = ['corelight', 'elastic', 'malcolm', 'ot_zeek'].map((name) => loadProfile(name));
    const any = await look(index, { profiles: all, chosen: false });
    expect(any.profiles.map(({ name }) => name)).toEqual(['elastic']);
    expect(any.exitCode).toBe(0);
  });

  it('says where no profile fits, and where two do', async () => {
    const profiles = ['elastic', 'filebeat', 'malcolm'].map((name) => loadProfile(name));
    const nothing = await look(`logs-zeek.nothing*-${namespace}`, { profiles, chosen: false });
    expect(nothing.findings.map(({ code }) => code)).toContain('no_rows');
    expect(nothing.exitCode).toBe(2);
    const index = await makeSite({
      properties: {
        event: {
          properties: { kind: KEYWORD, module: KEYWORD, dataset: KEYWORD, ingested: { type: 'date' } },
        },
        network: { properties: { protocol: KEYWORD, application: KEYWORD } },
      },
      change: ({ event, ...rest }) => ({ ...rest, event: { ...(event as object), module: 'zeek' } }),
    });
    const both = await look(index, { profiles, chosen: false });
    expect(both.profiles.map(({ name }) => name)).toEqual(['elastic', 'filebeat']);
    expect(both.findings.map(({ code }) => code)).toEqual(['two_profiles_fit']);
    expect(both.exitCode).toBe(0);
  });

  it('names a gap, and not the pauses of a log that is sporadic by nature', async () => {
    const pause = (log: string, hoursAgo: number) =>
      log === 'modbus' && hoursAgo > 100 && hoursAgo <= 130 ? [] : ['north'];
    const report = await look(await makeSite({ hours: pause }));
    expect(report.findings.map(({ code }) => code)).toEqual(['gap']);
    expect(report.findings[0]?.message).toMatch(/^modbus: .*\(30 h\)/);
    expect(report.exitCode).toBe(1);
    const sporadic = await makeSite({
      hours: (log, h) => (log === 'modbus' && h % 7 !== 0 ? [] : ['north']),
    });
    expect(await codes(sporadic)).toEqual([]);
  });

  it('names a baseline that is too short to train on, and one that makes a lab model only', async () => {
    const days = (n: number): Site => ({
      hours: (_, hoursAgo) => (hoursAgo < n * DAY_HOURS ? ['north'] : []),
    });
    const six = await look(await makeSite(days(6)));
    expect(six.findings.map(({ code }) => code)).toEqual(['too_few_days']);
    expect(six.exitCode).toBe(2);
    const twenty = await look(await makeSite(days(20)));
    expect(twenty.findings.map(({ code }) => code)).toEqual(['short_baseline']);
    expect(twenty.next.join('\n')).toContain('--accept-short-baseline');
  });

  it('names a sensor whose clock is ahead, one that is behind, and a time zone', async () => {
    const two: Site['hours'] = () => ['north', 'south'];
    const ahead = await look(
      await makeSite({ hours: two, arrivesAfter: (_, sensor) => (sensor === 'south' ? -2 * HOUR : 1_000) }),
    );
    expect(ahead.findings.map(({ code }) => code)).toEqual(['clock_ahead']);
    expect(ahead.findings[0]?.message).toMatch(/the sensor south's .* time zone/);
    const behind = await look(
      await makeSite({ hours: two, arrivesAfter: (_, sensor) => (sensor === 'south' ? 400_000 : 1_000) }),
    );
    expect(behind.findings.map(({ code }) => code)).toEqual(['clock_behind']);
    expect(behind.findings[0]?.message).not.toContain('time zone');
  });

  it('names rows that arrive late, and doesn’t take logs that were brought in later for it', async () => {
    const late = await look(
      await makeSite({ arrivesAfter: (hoursAgo) => (hoursAgo % 5 === 0 ? 1_200_000 : 1_000) }),
    );
    expect(late.findings.map(({ code }) => code)).toEqual(['late_arrivals']);
    expect(late.findings[0]?.advice).toContain('--lateness 1200');
    const brought = await look(await makeSite({ arrivesAfter: (hoursAgo) => hoursAgo * HOUR + 10_000 }));
    expect(brought.findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['brought_in_later', 'note'],
    ]);
    expect(brought.exitCode).toBe(0);
  });

  it('names a refresh interval that is longer than the scorer reads again', async () => {
    const slow = await look(await makeSite({ settings: { refresh_interval: '30s' } }));
    expect(slow.findings).toMatchObject([{ code: 'slow_refresh', severity: 'warning' }]);
    expect(slow.findings[0]?.advice).toContain('--overlap 32');
    const never = await look(await makeSite({ settings: { refresh_interval: '-1' } }));
    expect(never.findings).toMatchObject([{ code: 'slow_refresh', severity: 'error' }]);
  });

  it('sees how soon rows become visible without a right to settings, by watching them arrive', async () => {
    const index = await makeSite({ settings: { refresh_interval: '3s' } });
    const reader = await key(({ cluster, indices = [] }) => ({
      cluster: cluster ?? [],
      indices: [...indices, { names: [index], privileges: ['read'] }],
    }));
    const stop = new AbortController();
    const arriving = (async () => {
      while (!stop.signal.aborted) {
        const at = new Date();
        const document = shapeElastic({
          log: 'modbus',
          columns: {
            ts: at.getTime() / 1000,
            uid: 'C',
            'id.orig_h': '10.0.0.1',
            'id.resp_h': '10.0.0.2',
            'id.resp_p': 502,
            func: 'READ_COILS',
          },
          sensor: 'north',
          arrivedAt: at.getTime(),
        });
        await admin.index({ index, document });
        await sleep(200);
      }
    })();
    await admin.indices.refresh({ index });
    const report = await look(index, { part: { part: 'scorer', client: reader }, watchSeconds: 7 });
    stop.abort();
    await arriving;
    expect(report.profiles[0]?.refresh).toMatchObject({ from: 'watching' });
    expect(report.findings.map(({ code }) => code)).toContain('slow_refresh');
  }, 30_000);

  it('names a right that is missing', async () => {
    const index = await makeSite();
    const without = await key(({ cluster, indices = [] }) => ({
      cluster: cluster ?? [],
      indices: [
        ...indices.map(({ names, privileges }) => ({
          names,
          privileges: names.includes('logs-ot_anomaly.anomaly-*') ? ['read'] : [...privileges],
        })),
        { names: [index], privileges: ['read', 'view_index_metadata'] },
      ],
    }));
    const report = await look(index, { part: { part: 'scorer', client: without } });
    expect(report.exitCode).toBe(2);
    expect(report.findings.map(({ code }) => code)).toEqual(['missing_right']);
    expect(report.findings[0]?.message).toContain(`create_doc on logs-ot_anomaly.anomaly-${namespace}`);
    const blind = await key(() => ({ cluster: [], indices: [] }));
    const unread = await look('logs-zeek.connection-x', { part: { part: 'scorer', client: blind } });
    expect(unread.findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['unreadable', 'missing_right']),
    );
  });

  it('names rights that a part should not have, on indices and on the cluster', async () => {
    const index = await makeSite();
    const wide = await key(({ indices = [] }) => ({
      cluster: ['manage_ingest_pipelines', 'monitor'],
      indices: [
        ...indices,
        { names: [index], privileges: ['read', 'view_index_metadata'] },
        { names: [`logs-ot_anomaly.anomaly-${namespace}`], privileges: ['write'] },
        { names: ['*'], privileges: ['read'] },
      ],
    }));
    const report = await look(index, { part: { part: 'scorer', client: wide } });
    expect(report.findings.map(({ code }) => code)).toEqual(['excess_right']);
    for (const told of [
      'read on every index',
      `write on logs-ot_anomaly.anomaly-${namespace}`,
      'manage_pipeline, monitor on the cluster',
    ])
      expect(report.findings[0]?.message).toContain(told);
    expect(report.exitCode).toBe(1);
    const root = await look(index, { part: { part: 'scorer', client: admin } });
    expect(root.rights).toMatchObject([{ superuser: true }]);
    expect(root.findings.map(({ code }) => code)).toEqual(['excess_right']);
  });

  it('names a key that expires soon', async () => {
    const index = await makeSite();
    const expires = new Date(Date.now() + 3 * DAY_HOURS * HOUR + HOUR);
    const { findings } = await look(index, { part: { ...scorer, expires } });
    expect(findings).toMatchObject([{ code: 'key_expires', message: expect.stringContaining('in 3 days') }]);
  });

  it('names a field that no aggregation can count by, and one that no index maps', async () => {
    const zeek = (modbus: Record<string, estypes.MappingProperty>): Site => ({
      properties: {
        zeek: {
          properties: {
            session_id: KEYWORD,
            connection: { properties: { history: KEYWORD } },
            modbus: { properties: modbus },
          },
        },
      },
    });
    const text = await look(await makeSite(zeek({ function: { type: 'text' }, unit: KEYWORD })));
    expect(text.findings).toMatchObject([
      {
        code: 'unusable_field',
        severity: 'error',
        message: expect.stringContaining('zeek.modbus.function (text)'),
      },
    ]);
    const without = await look(await makeSite(zeek({ function: KEYWORD })));
    expect(without.findings).toMatchObject([
      { code: 'column_not_indexed', message: expect.stringContaining('modbus: no index maps unit') },
    ]);
  });

  it('names a log that is missing although connections speak the protocol', async () => {
    const index = await makeSite({ hours: (log) => (log === 'conn' ? ['north'] : []) });
    const { findings } = await look(index);
    expect(findings).toMatchObject([
      { code: 'log_missing', message: expect.stringContaining('speak modbus') },
    ]);
  });

  it('names rows without arrival, which a following scorer would never see', async () => {
    const index = await makeSite({
      change: ({ event, ...rest }) => {
        const { ingested: _, ...others } = event as Record<string, unknown>;
        return { ...rest, event: others };
      },
    });
    const report = await look(index);
    expect(report.findings.map(({ code, severity }) => [code, severity])).toContainEqual([
      'no_arrival',
      'error',
    ]);
    expect(report.exitCode).toBe(2);
  });

  it('names a site on which nothing arrives any more, and a sensor that fell silent', async () => {
    const old = await makeSite({ hours: (_, hoursAgo) => (hoursAgo > 12 ? ['north'] : []) });
    expect(await codes(old)).toEqual(['nothing_arrives']);
    const silent = await look(
      await makeSite({ hours: (_, hoursAgo) => (hoursAgo > 60 ? ['north', 'south'] : ['north']) }),
    );
    expect(silent.findings).toMatchObject([
      { code: 'sensor_silent', message: expect.stringContaining('south') },
    ]);
  });

  it('names streams that were not set up, and those of an older version', async () => {
    const index = await makeSite();
    const ns = uniqueNamespace('d');
    const nowhere = await look(index, { ns });
    expect(nowhere.findings.map(({ code }) => code)).toEqual(['not_set_up']);
    await admin.indices.putIndexTemplate({
      name: `old-${ns}`,
      index_patterns: [`logs-ot_anomaly.anomaly-${ns}`],
      priority: 1_000,
      data_stream: {},
      template: { mappings: { properties: { '@timestamp': { type: 'date' } } } },
    });
    for (const dataset of ['anomaly', 'checkpoint', 'audit', 'asset', 'decision', 'maintenance'])
      await ensureStream(admin, `logs-ot_anomaly.${dataset}-${ns}`);
    await ensureStream(admin, `metrics-ot_anomaly.scorer-${ns}`);
    await admin.indices.deleteIndexTemplate({ name: `old-${ns}` });
    expect(await codes(index, { ns })).toEqual(['streams_outdated']);
  });

  it('names rows of our own streams that could not be parsed', async () => {
    const ns = uniqueNamespace('d');
    const index = `logs-ot_zeek.modbus-${ns}`;
    await ensureStream(admin, index);
    const row = {
      ts: Date.now() / 1000,
      uid: 'C',
      'id.orig_h': '10.0.0.1',
      'id.orig_p': 1,
      'id.resp_h': '10.0.0.2',
      'id.resp_p': 502,
      func: 'READ_COILS',
    };
    for (const message of [JSON.stringify(row), 'torn'])
      await admin.create({ index, id: message.slice(0, 4), document: { message }, refresh: true });
    const { findings } = await look(index, {
      ns,
      profiles: [loadProfile()],
      part: { part: 'scorer', client: admin },
    });
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'pipeline_errors', message: expect.stringContaining('1 of 2 rows') }),
    );
  });

  it('names the difference between this host’s clock and Elasticsearch’s', async () => {
    const index = await makeSite();
    const { findings } = await doctor({
      parts: [scorer],
      namespace,
      profiles: [elastic],
      chosen: true,
      index,
      pollMs: 500,
      overlapSeconds: 2,
      latenessSeconds: 5,
      watchSeconds: 0,
      now: () => new Date(Date.now() - HOUR),
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    expect(findings).toMatchObject([{ code: 'host_clock', message: expect.stringContaining('behind') }]);
  });
});

describe('the doctor command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-doctor-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (args: readonly string[], env: Record<string, string>) =>
    spawnSync('node', ['dist/cli.js', 'doctor', '--namespace', namespace, '--watch', '0', ...args], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', OT_ANOMALY_KEYS_FILE: join(folder, 'keys.json'), ...env },
    });

  it('prints the report or one JSON object, and exits with 0, 1 or 2', async () => {
    const index = await makeSite();
    const { url } = testElasticsearch();
    const encoded = await keyOf('ot_anomaly_scorer', [], ['elastic']);
    // This key may read Elastic's own indices, not this file's: what is missing is said, and the exit code is 2.
    const missing = run(['--profile', 'elastic', '--index', index, '--json'], {
      ES_URL: url,
      ES_API_KEY: encoded,
    });
    expect(missing.status).toBe(2);
    const report = JSON.parse(missing.stdout);
    expect(report.findings.map(({ code }: { code: string }) => code)).toContain('unreadable');
    expect(report.next.join()).toContain('setup --profile elastic');

    const { username, password, apiKey } = testElasticsearch();
    const root: Record<string, string> =
      apiKey === undefined ? { ES_USERNAME: username, ES_PASSWORD: password } : { ES_API_KEY: apiKey };
    const warned = run(['--profile', 'elastic', '--index', index], { ES_URL: url, ...root });
    expect(warned.stderr).toBe('');
    expect(warned.status).toBe(1);
    expect(warned.stdout).toContain(
      "profile elastic (Elastic's Zeek integration (Elastic Agent, Fleet)) fits: 1538 industrial rows",
    );
    expect(warned.stdout).toContain('[excess_right]');

    const away = run([], { ES_URL: 'http://127.0.0.1:9', ES_API_KEY: encoded });
    expect(away.status).toBe(2);
    expect(away.stderr).toContain("can't be reached");
    writeFileSync(join(folder, 'own.yml'), 'name: Own');
    expect(run(['--profile', join(folder, 'own.yml')], { ES_URL: url, ES_API_KEY: encoded }).status).toBe(1);
  }, 60_000);
});
