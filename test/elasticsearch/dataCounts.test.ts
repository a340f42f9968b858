import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addsUp, ingest } from '../../src/app/ingest.js';
import { createClient } from '../../src/elasticsearch/client.js';
import type { FileReport } from '../../src/ingest/ingestFile.js';
import { KNOWN_LOGS } from '../../src/zeek/logTypes.js';
import { type Counted, countsPage } from '../fixtures/countsTable.js';
import { ecsProblems } from '../fixtures/ecs.js';
import { hasSharedData, SHARED_DATA, sharedLogs } from '../fixtures/sharedData.js';
import { cluster, testElasticsearch, uniqueNamespace } from './cluster.js';
import { installAssets, keyOf } from './installAssets.js';

const PAGE = resolve(import.meta.dirname, '../../docs/data-counts.md');
/** In the folder, and no log. */
const NO_LOG = 'attack-ics-techniques.json';
/** One sensor a file: some of the files hold rows that are the same in every byte. */
const PREFIX = 'shared ';

describe.skipIf(!hasSharedData())('real logs', () => {
  const logs = hasSharedData() ? sharedLogs() : [];
  const namespace = uniqueNamespace();
  const index = `logs-ot_zeek.*-${namespace}`;
  const counted: Counted[] = [];
  const forced: Counted[] = [];
  const admin = cluster();
  let client: Client;

  beforeAll(async () => {
    await installAssets(namespace);
    const encoded = await keyOf('ot_anomaly_ingest');
    client = createClient({ url: testElasticsearch().url, credential: { kind: 'apiKey', encoded } });
  });
  afterAll(async () => {
    await client?.close();
    await admin.close();
  });

  async function bring(name: string, path: string, log?: string): Promise<FileReport> {
    const run = crypto.randomUUID();
    const { files } = await ingest(client, [path], { namespace, sensor: `${PREFIX}${name}`, run, log });
    const [report] = files;
    if (report === undefined) throw new Error('no report');
    expect(addsUp(report)).toBe(true);
    return report;
  }

  const textOf = (path: string) =>
    (path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)).toString('utf8');

  const documents = async () => {
    await admin.indices.refresh({ index });
    return (await admin.count({ index, query: { prefix: { 'observer.name': PREFIX } } })).count;
  };

  it('are all of those in the folder', () => {
    const inFolder = readdirSync(SHARED_DATA, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(log|json)(\.gz)?$/.test(name) && name !== NO_LOG)
      .map((name) => relative('.', name));
    expect(logs.map(({ name }) => name).sort()).toEqual(inFolder.sort());
  });

  it.each(logs.map((log) => [log.name, log] as const))('%s', async (name, { path, records }) => {
    const report = await bring(name, path);
    counted.push({ name, report });
    const text = textOf(path);
    const refusal = name.includes('dnp3_pdu')
      ? 'unknown_log_type'
      : !text.includes('XXXXXXXXXX.XXXXXX')
        ? undefined
        : text.includes('#fields')
          ? 'masked_time'
          : 'no_header';
    expect(report.error?.code).toBe(refusal);
    if (refusal === undefined) {
      expect(report).toMatchObject({ read: records, indexed: records, alreadyIndexed: 0, failed: 0 });
      expect(report.failures).toEqual([]);
    } else expect(report).toMatchObject({ read: records, indexed: 0, failed: records, streams: [] });
    if (refusal === 'unknown_log_type')
      for (const known of KNOWN_LOGS) expect(report.error?.message).toContain(known);
  });

  const pdus = logs.filter(({ name }) => name.includes('dnp3_pdu'));
  it.each(pdus.map((log) => [log.name, log] as const))(
    '%s as dnp3, if the user says so',
    async (name, { path, records }) => {
      const report = await bring(name, path, 'dnp3');
      forced.push({ name, report });
      expect(report).toMatchObject({ read: records, indexed: records, failed: 0 });
    },
  );

  it('come in twice without doubling', async () => {
    const total = [...counted, ...forced].reduce((all, { report }) => all + report.indexed, 0);
    expect(await documents()).toBe(total);
    for (const { name, report } of counted.filter(({ report: { indexed } }) => indexed > 0)) {
      const again = await bring(name, join(SHARED_DATA, name));
      expect(again).toMatchObject({ indexed: 0, alreadyIndexed: report.indexed, failed: 0 });
    }
    expect(await documents()).toBe(total);
  }, 180_000);

  it('are ECS documents whose labels are searchable by nobody', async () => {
    const { aggregations } = await admin.search<unknown, Record<string, { buckets: { key: string }[] }>>({
      index,
      size: 0,
      aggregations: { logs: { terms: { field: 'ot_zeek.log', size: 100 } } },
    });
    const found = aggregations?.['logs']?.buckets.map(({ key }) => key) ?? [];
    expect(found.length).toBeGreaterThanOrEqual(10);
    for (const log of found) {
      const { hits } = await admin.search<Record<string, unknown>>({
        index,
        size: 500,
        query: { term: { 'ot_zeek.log': log } },
        sort: [{ 'ot_zeek.sample.hash': 'asc' }],
      });
      const problems = new Set(hits.hits.flatMap(({ _source }) => ecsProblems(_source ?? {})));
      expect([log, ...problems]).toEqual([log]);
      for (const { _source } of hits.hits) {
        const { sample } = (_source?.['ot_zeek'] ?? {}) as {
          readonly sample?: Readonly<Record<string, number>>;
        };
        const { hash = -1, bucket = -1 } = sample ?? {};
        expect(hash >= 0 && hash < 2 ** 48).toBe(true);
        expect(bucket >= 0 && bucket <= 1023).toBe(true);
      }
    }
    const { fields } = await admin.fieldCaps({ index, fields: ['*label*'] });
    expect(Object.keys(fields).filter((name) => name !== 'labels')).toEqual(['labels.ingest_run']);
  });

  it('are counted in docs/data-counts.md', async () => {
    await expect(countsPage(counted, forced)).toMatchFileSnapshot(PAGE);
  });
});
