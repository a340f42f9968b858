import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addsUp, ingest } from '../../src/app/ingest.js';
import { LOG_TYPES, type LogType } from '../../src/zeek/logTypes.js';
import { ecsProblems } from '../fixtures/ecs.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { installAssets } from './installAssets.js';

type Row = Readonly<Record<string, unknown>>;

const namespace = uniqueNamespace();
const client: Client = cluster();
const folder = mkdtempSync(join(tmpdir(), 'mapping-'));
beforeAll(() => installAssets(namespace));
afterAll(async () => {
  await client.close();
  rmSync(folder, { recursive: true, force: true });
});

const CONNECTION = {
  uid: 'C1',
  'id.orig_h': '10.0.0.1',
  'id.orig_p': 40_000,
  'id.resp_h': '10.0.0.2',
  'id.resp_p': 20_000,
};

/** The JSON of one row; text, since JSON.stringify can't write 64-bit numbers. */
const rowWith = (columns: string) =>
  `${JSON.stringify({ ts: 1_600_000_000.5, ...CONNECTION }).slice(0, -1)},${columns}}`;

let runs = 0;

/** Brings one row in between two good ones; gives back the report and what was kept of it. */
async function bring(log: string, row: string): Promise<{ readonly kept: Row; readonly failed: number }> {
  const run = `run-${++runs}`;
  const sensor = `sensor ${runs}`;
  const path = join(mkdtempSync(join(folder, 'f-')), `${log}.json`);
  const good = (ts: number) => JSON.stringify({ ts, ...CONNECTION });
  writeFileSync(path, `${good(1)}\n${row}\n${good(2)}\n`);
  const { files } = await ingest(client, [path], { namespace, sensor, run });
  const [report] = files;
  if (report === undefined) throw new Error('no report');
  expect(addsUp(report)).toBe(true);
  expect(report).toMatchObject({ read: 3, indexed: 3 - report.failed, alreadyIndexed: 0 });
  if (report.failed > 0) expect(report.failures[0]?.reason).toMatch(/\w/);
  const { hits } = await client.search<Row>({
    index: `logs-ot_zeek.${log}-${namespace}`,
    query: { term: { 'observer.name': sensor } },
  });
  expect(hits.hits).toHaveLength(3);
  const odd = hits.hits
    .map(({ _source }) => _source)
    .filter((source) => {
      const ts = (source?.['zeek'] as Row | undefined)?.['ts'];
      return ts !== 1 && ts !== 2;
    });
  expect(odd).toHaveLength(1);
  const kept = odd[0] ?? {};
  expect(ecsProblems(kept)).toEqual([]);
  return { kept, failed: report.failed };
}

const column = ({ columns }: LogType, type: string) =>
  Object.entries(columns).find(([name, has]) => has === type && !name.includes('.'))?.[0];

/** Whether a search by the column finds the row. */
async function isSearchable(log: string, name: string): Promise<boolean> {
  const query = {
    bool: {
      filter: [{ exists: { field: `zeek.${log}.${name}` } }, { term: { 'observer.name': `sensor ${runs}` } }],
    },
  };
  return (await client.count({ index: `logs-ot_zeek.${log}-${namespace}`, query })).count > 0;
}

describe.each(LOG_TYPES.map((type) => [type.name, type] as const))('%s', (log, type) => {
  const text = column(type, 'string');
  const count = column(type, 'count');

  it('keeps a text of 40 kB in its row, too long to search by', async () => {
    const { kept, failed } = await bring(log, rowWith(`"${text}":"${'x'.repeat(40_000)}"`));
    expect(failed).toBe(0);
    expect(kept).toMatchObject({ zeek: { [log]: { [text ?? '']: 'x'.repeat(40_000) } } });
    expect(await isSearchable(log, text ?? '')).toBe(false);
  });

  it('keeps a number beyond 63 bits in its row, unsearchable', async () => {
    if (count === undefined) return;
    const { kept, failed } = await bring(log, rowWith(`"${count}":18446744073709551615`));
    expect(failed).toBe(0);
    expect(kept).toMatchObject({ event: { dataset: `ot_zeek.${log}` } });
    expect(await isSearchable(log, count)).toBe(false);
  });

  it('keeps a row whose addresses are none, as text', async () => {
    const { kept, failed } = await bring(
      log,
      JSON.stringify({ ts: 3, ...CONNECTION, 'id.orig_h': 'not an address', 'id.resp_h': '10.0.0.999' }),
    );
    expect(failed).toBe(0);
    expect(kept).toMatchObject({
      source: { address: 'not an address' },
      destination: { address: '10.0.0.999' },
    });
    expect(kept).not.toHaveProperty('related');
  });

  it('sends a value that no mapping takes again as a pipeline_error', async () => {
    const row = rowWith(`"${text}":{"no":{"text":[1]}}`);
    const { kept, failed } = await bring(log, row);
    expect(failed).toBe(1);
    expect(kept).toMatchObject({
      event: { kind: 'pipeline_error', original: row, dataset: `ot_zeek.${log}` },
      error: { message: expect.stringMatching(/\w/) },
    });
    expect(kept).not.toHaveProperty('zeek');
  });
});

describe('a row', () => {
  it.each([
    ['of a text of 500 kB', rowWith(`"func":"${'x'.repeat(500_000)}"`), 0],
    ['with a number of 400 digits', rowWith(`"tid":${'9'.repeat(400)}`), 0],
    ['with a port beyond all ports', rowWith(`"tid":1`).replace('40000', '99999999999999999999'), 0],
    ['with an address of 40 kB', rowWith('"tid":1').replace('10.0.0.1', '1'.repeat(40_000)), 0],
    ['with a uid of 40 kB', rowWith('"tid":1').replace('"C1"', `"${'C'.repeat(40_000)}"`), 0],
    ['with a uid that is an object', rowWith('"tid":1').replace('"C1"', '{"a":1}'), 1],
    ['with an address that is a list of objects', rowWith('"tid":1').replace('"10.0.0.1"', '[{"a":1}]'), 1],
    ['with an empty column name', rowWith('"":1'), 1],
    ['with a column name of dots', rowWith('"..":1'), 1],
    ['with a column name that ends in a dot', rowWith('"unit.":1'), 0],
    ['with a column and its child', rowWith('"unit":1,"unit.x":2'), 1],
    ['with a column twice', rowWith('"unit":1,"unit":2'), 1],
    ['nested 200 deep', rowWith(`"unit":${'{"a":'.repeat(200)}1${'}'.repeat(200)}`), 1],
    ['nested 2,000 deep', rowWith(`"x":${'['.repeat(2_000)}1${']'.repeat(2_000)}`), 1],
    ['with null bytes and lone surrogates', rowWith('"func":"\\u0000\\ud800"'), 0],
    ['whose VLAN is an object', rowWith('"vlan":{"a":1}'), 0],
  ] as const)(
    '%s is indexed or kept as a pipeline_error, and the rows around it are indexed',
    async (_, row, failures) => {
      const { kept, failed } = await bring('modbus', row);
      expect(failed).toBe(failures);
      expect((kept['event'] as Row)['kind']).toBe(failed === 1 ? 'pipeline_error' : 'event');
      if (failed === 1) expect(kept).toMatchObject({ error: { message: expect.stringMatching(/\w/) } });
    },
  );
});
