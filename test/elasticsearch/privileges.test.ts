import type { Client } from '@elastic/elasticsearch';
import { errors } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamNames } from '../../src/setup/streams.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';

const namespace = uniqueNamespace();
const anomalies = `logs-ot_anomaly.anomaly-${namespace}`;
const outputs = [
  'logs-ot_anomaly.anomaly',
  'logs-ot_anomaly.checkpoint',
  'logs-ot_anomaly.audit',
  'metrics-ot_anomaly.scorer',
].map((name) => `${name}-${namespace}`);
const document = { '@timestamp': '2026-01-01T00:00:00.000Z', message: 'test' };

let admin: Client;
let scorer: Client;

beforeAll(async () => {
  admin = cluster();
  scorer = clientOf(await setUp(namespace), 'scorer');
});
afterAll(async () => {
  await scorer?.close();
});

describe("the scorer's key", () => {
  it.each(outputs)('creates in %s, and creating the same id again is a conflict', async (index) => {
    expect(await status(scorer.create({ index, id: 'a', document }))).toBe(201);
    expect(await status(scorer.create({ index, id: 'a', document }))).toBe(409);
  });

  it.each(outputs)('is refused an index operation on the stream %s, which could overwrite', async (index) => {
    expect(await status(scorer.index({ index, id: 'a', document }))).toBe(400);
  });

  it.each(outputs)('may not overwrite by the name of the backing index of %s', async (index) => {
    const backing = await backingIndex(admin, index);
    expect(await status(scorer.index({ index: backing, id: 'a', document }))).toBe(400);
    const version = { if_seq_no: 0, if_primary_term: 1 };
    expect(await status(scorer.index({ index: backing, id: 'a', document, ...version }))).toBe(403);
  });

  it('may not update, delete, update by query or delete by query', async () => {
    await scorer.create({ index: anomalies, id: 'kept', document });
    await admin.indices.refresh({ index: anomalies });
    const backing = await backingIndex(admin, anomalies);
    for (const index of [anomalies, backing]) {
      expect(await status(scorer.update({ index, id: 'kept', doc: { message: 'changed' } }))).toBe(403);
      expect(await status(scorer.delete({ index, id: 'kept' }))).toBe(403);
      expect(await status(scorer.updateByQuery({ index, query: { match_all: {} } }))).toBe(403);
      expect(await status(scorer.deleteByQuery({ index, query: { match_all: {} } }))).toBe(403);
    }
    const found = await admin.search({ index: anomalies, query: { ids: { values: ['kept'] } } });
    expect(found.hits.hits[0]?._source).toMatchObject({ message: 'test' });
  });

  it('may not close, roll over, delete, alias, or change mapping or settings of its streams', async () => {
    const backing = await backingIndex(admin, anomalies);
    expect(await status(scorer.indices.close({ index: backing }))).toBe(403);
    expect(await status(scorer.indices.rollover({ alias: anomalies }))).toBe(403);
    expect(await status(scorer.indices.delete({ index: backing }))).toBe(403);
    expect(await status(scorer.indices.putAlias({ index: backing, name: 'mine' }))).toBe(403);
    expect(
      await status(scorer.indices.putMapping({ index: anomalies, properties: { x: { type: 'keyword' } } })),
    ).toBe(403);
    expect(
      await status(
        scorer.indices.putSettings({ index: anomalies, settings: { index: { refresh_interval: '60s' } } }),
      ),
    ).toBe(403);
  });

  it('widens no mapping with a field that no template names', async () => {
    const before = await admin.indices.getMapping({ index: anomalies });
    expect(
      await status(
        scorer.create({ index: anomalies, id: 'wide', document: { ...document, unheard_of: { deep: 1 } } }),
      ),
    ).toBe(201);
    expect(await admin.indices.getMapping({ index: anomalies })).toEqual(before);
  });

  it('is refused another index by name and sees nothing of it by wildcard', async () => {
    await admin.index({ index: `elsewhere-${namespace}`, document: { secret: 1 }, refresh: true });
    expect(await status(scorer.search({ index: `elsewhere-${namespace}` }))).toBe(403);
    expect(await status(scorer.create({ index: `elsewhere-${namespace}`, id: 'x', document }))).toBe(403);
    const hidden = await scorer.search({ index: `elsewhere-*` });
    expect(hidden.hits.hits).toEqual([]);
  });

  it('writes no source, no asset and no decision', async () => {
    for (const stream of ['logs-ot_zeek.modbus', 'logs-ot_anomaly.asset', 'logs-ot_anomaly.decision']) {
      expect(await status(scorer.create({ index: `${stream}-${namespace}`, id: 'x', document }))).toBe(403);
    }
  });

  it('holds no cluster privilege and can make no key', async () => {
    expect(await status(scorer.security.createApiKey({ name: 'more' }))).toBe(403);
    expect(await status(scorer.ingest.putPipeline({ id: 'mine', processors: [] }))).toBe(403);
    expect(await status(scorer.cluster.health())).toBe(403);
    const { has_all_requested } = await scorer.security.hasPrivileges({ cluster: ['monitor'] });
    expect(has_all_requested).toBe(false);
  });

  it("cannot make a stream that set-up hasn't made", async () => {
    expect(
      await status(
        scorer.create({ index: `logs-ot_anomaly.anomaly-${uniqueNamespace()}`, id: 'x', document }),
      ),
    ).toBe(403);
  });

  it('has its arrival time stamped by Elasticsearch, whatever it claims, plain or dotted, past no pipeline', async () => {
    const claims = {
      ...document,
      'event.ingested': '2001-01-01T00:00:00Z',
      event: { ingested: '2001-01-01T00:00:00Z' },
    };
    await scorer.create({
      index: anomalies,
      id: 'claims',
      document: claims,
      pipeline: '_none',
      refresh: true,
    });
    const found = await admin.search({ index: anomalies, query: { ids: { values: ['claims'] } } });
    const source = found.hits.hits[0]?._source as { event: { ingested: string } };
    expect(Date.parse(source.event.ingested)).toBeGreaterThan(Date.now() - 60_000);
    expect(JSON.stringify(source)).not.toContain('2001-01-01');
  });
});

describe('the other keys', () => {
  it('create what is theirs and nothing else', async () => {
    const keys = await setUp(namespace);
    const mine: Record<string, readonly string[]> = {
      scorer: outputs,
      trainer: [`logs-ot_anomaly.audit-${namespace}`],
      ingest: streamNames(namespace).filter((name) => name.startsWith('logs-ot_zeek.')),
      shipper: streamNames(namespace).filter((name) => name.startsWith('logs-ot_zeek.')),
      inventory: [`logs-ot_anomaly.asset-${namespace}`, `logs-ot_anomaly.maintenance-${namespace}`],
    };
    for (const [part, allowed] of Object.entries(mine)) {
      const client = clientOf(keys, part);
      for (const index of streamNames(namespace)) {
        const { has_all_requested } = await client.security.hasPrivileges({
          index: [{ names: [index], privileges: ['create_doc'] }],
        });
        expect(`${part} ${index} ${has_all_requested}`).toBe(`${part} ${index} ${allowed.includes(index)}`);
        for (const privilege of ['index', 'create', 'write', 'delete', 'manage', 'auto_configure'] as const) {
          const more = await client.security.hasPrivileges({
            index: [{ names: [index], privileges: [privilege] }],
          });
          expect(`${part} ${privilege} ${more.has_all_requested}`).toBe(`${part} ${privilege} false`);
        }
      }
      await client.close();
    }
  });

  it("stamp an asset's author as the part that wrote it, whatever the document claims", async () => {
    const inventory = clientOf(await setUp(namespace), 'inventory');
    const index = `logs-ot_anomaly.asset-${namespace}`;
    const forged = {
      ...document,
      user: { name: 'forged', roles: ['superuser'] },
      'user.name': 'dotted',
      'user.roles': ['superuser'],
    };
    await inventory.create({ index, id: 'forged', document: forged, pipeline: '_none', refresh: true });
    const found = await admin.search({ index, query: { ids: { values: ['forged'] } } });
    const source = found.hits.hits[0]?._source as { user: { name: string } };
    expect(source.user.name).toBe('ot_anomaly_inventory');
    expect(JSON.stringify(source)).not.toMatch(/forged|dotted|superuser/);
    await inventory.close();
  });
});

async function status(request: Promise<unknown>): Promise<number> {
  try {
    const response = (await request) as { result?: string };
    return response.result === 'created' ? 201 : 200;
  } catch (error) {
    if (error instanceof errors.ResponseError) return error.statusCode ?? 0;
    throw error;
  }
}

async function backingIndex(client: Client, stream: string): Promise<string> {
  const [name] = Object.keys(await client.indices.get({ index: stream }));
  if (name === undefined) throw new Error(`${stream} has no backing index`);
  return name;
}
