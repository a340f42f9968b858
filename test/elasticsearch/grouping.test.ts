import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocumentMaker, streamOf } from '../../src/ingest/sourceDocument.js';
import { cluster } from './cluster.js';
import { type ScoredSite, scoredSite, startFollowing } from './scoredSite.js';

/** 16,000 sources a minute for so many seconds; `OT_ANOMALY_FLOOD_SECONDS=60` is the whole minute. */
const SECONDS = Number(process.env['OT_ANOMALY_FLOOD_SECONDS'] ?? 8);
const SOURCES_A_SECOND = 267;

let admin: Client;
let site: ScoredSite;
let writer: Client;

beforeAll(async () => {
  admin = cluster();
  site = await scoredSite();
  writer = site.client('ingest');
}, 300_000);
afterAll(() => site.remove());

function known(): { master: string; plc: string; unit: number } {
  const [key = ''] = Object.keys(site.model.model.baseline.structure.functionCode).filter((k) =>
    k.endsWith('READ_HOLDING_REGISTERS'),
  );
  const [master = '', plc = '', , , unit = '1'] = key.split('|');
  return { master, plc, unit: Number(unit) };
}

async function write(log: string, rows: readonly Record<string, unknown>[]): Promise<readonly string[]> {
  const maker = new DocumentMaker({ namespace: site.namespace, path: '/live', run: 'live' });
  const documents = rows.flatMap(
    (row) => maker.make({ kind: 'row', log, line: 1, message: JSON.stringify(row) }) ?? [],
  );
  const operations = documents.flatMap(({ id, body }) => [
    { create: { _index: streamOf(log, site.namespace), _id: id } },
    body,
  ]);
  const { errors } = await writer.bulk({ operations });
  expect(errors).toBe(false);
  return documents.map(({ id }) => id);
}

function attempt(source: string, destination: string): Record<string, unknown> {
  const uid = `C${source.replaceAll('.', '')}x${destination.replaceAll('.', '')}`;
  return {
    ts: Date.now() / 1000,
    uid,
    'id.orig_h': source,
    'id.orig_p': 40_000,
    'id.resp_h': destination,
    'id.resp_p': 502,
    proto: 'tcp',
    conn_state: 'S0',
    orig_bytes: 0,
    resp_bytes: 0,
  };
}

function message(source: string, destination: string, func: string, unit: number): Record<string, unknown> {
  return {
    ts: Date.now() / 1000,
    uid: `C${source}${func}`.slice(0, 18),
    'id.orig_h': source,
    'id.orig_p': 50_000,
    'id.resp_h': destination,
    'id.resp_p': 502,
    tid: 1,
    unit,
    func,
    pdu_type: 'REQ',
  };
}

interface Anomaly {
  readonly event: { readonly kind: string; readonly action: string };
  readonly threat?: { readonly technique: { readonly id: readonly string[] } };
  readonly ot_anomaly: {
    readonly group: {
      readonly id: string;
      readonly kind: string;
      readonly records: number;
      readonly sources: number;
    };
    readonly function_code?: string;
    readonly technique?: readonly {
      readonly id: string;
      readonly v18_id: string;
      readonly evidence: string;
    }[];
  };
}

async function anomalies(query: object): Promise<readonly Anomaly[]> {
  await admin.indices.refresh({ index: site.anomalies });
  const { hits } = await admin.search<Anomaly>({
    index: site.anomalies,
    size: 10_000,
    query,
    sort: [{ 'event.ingested': 'asc' }],
  });
  return hits.hits.flatMap(({ _source }) => _source ?? []);
}

/** Milliseconds from the bulk's acknowledgement to the alert's being found by search. */
async function alertDelay(row: Record<string, unknown>): Promise<number> {
  const [id = ''] = await write('modbus', [row]);
  const acknowledged = performance.now();
  for (;;) {
    const found = await admin.search({
      index: site.anomalies,
      size: 1,
      query: { term: { 'ot_anomaly.zeek.id': id } },
    });
    if (found.hits.hits.length > 0) return performance.now() - acknowledged;
    if (performance.now() - acknowledged > 30_000) throw new Error('no alert within 30 s');
    await sleep(10);
  }
}

describe('a flood on one PLC', () => {
  it(`of ${SECONDS * SOURCES_A_SECOND} sources is one alert, and a write from a known host in it is an alert of its own, hardly later than without`, async () => {
    const { master, plc, unit } = known();
    const follower = startFollowing(site, { pollMs: 500, pageSize: 2_000, latenessSeconds: 5 });
    await follower.ready;
    const normal = await alertDelay(message(master, plc, 'WRITE_FILE_RECORD', unit));

    let inFlood = 0;
    const began = performance.now();
    for (let second = 0; second < SECONDS; second++) {
      const rows = Array.from({ length: SOURCES_A_SECOND }, (_, i) => {
        const n = second * SOURCES_A_SECOND + i;
        return attempt(`172.${16 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`, plc);
      });
      await write('conn', rows);
      if (second === Math.floor(SECONDS / 2))
        inFlood = await alertDelay(message(master, plc, 'MASK_WRITE_REGISTER', unit));
      await sleep(Math.max(0, (second + 1) * 1_000 - (performance.now() - began)));
    }
    await sleep(3_000);
    await follower.stop();

    const flood = await anomalies({ term: { 'ot_anomaly.group.kind': 'attempts' } });
    const alerts = flood.filter(({ event }) => event.kind === 'alert');
    const newest = flood.at(-1);
    process.stderr.write(
      `flood of ${SECONDS * SOURCES_A_SECOND} sources in ${SECONDS} s: ${alerts.length} alert, ${flood.length - alerts.length} still seen (the newest after ${newest?.ot_anomaly.group.sources} sources); write alerted after ${inFlood.toFixed(0)} ms, ${normal.toFixed(0)} ms without a flood\n`,
    );
    expect(alerts).toHaveLength(1);
    expect(newest?.ot_anomaly.group).toMatchObject({
      records: SECONDS * SOURCES_A_SECOND,
      sources: Math.min(10_000, SECONDS * SOURCES_A_SECOND),
    });
    expect(flood.length).toBeLessThanOrEqual(1 + 25 + Math.ceil(SECONDS / 60) + 2);
    const writes = await anomalies({ term: { 'ot_anomaly.function_code': 'MASK_WRITE_REGISTER' } });
    expect(writes.map(({ event }) => event.kind)).toEqual(['alert']);
    expect(inFlood - normal).toBeLessThan(1_000);
  }, 180_000);
});

describe('a group', () => {
  it('absorbs no other peer, no write and no other asset, and names techniques with their evidence', async () => {
    const { plc, unit } = known();
    const others = Object.keys(site.model.model.baseline.structure.destination).filter(
      (address) => address !== plc,
    );
    const stranger = '10.99.0.5';
    const follower = startFollowing(site, { scorer: 'groups' });
    await follower.ready;
    const rows = [
      message(stranger, plc, 'READ_HOLDING_REGISTERS', unit),
      message(stranger, plc, 'READ_COILS', unit), // the same peer, still reading
      message(stranger, others[0] ?? '', 'READ_COILS', unit), // another asset
      message('10.99.0.6', plc, 'READ_COILS', unit), // another peer
      message(stranger, plc, 'WRITE_MULTIPLE_REGISTERS', unit), // a write
      message(stranger, plc, 'WRITE_SINGLE_COIL', unit), // another write
    ];
    for (const row of rows) await alertDelay(row);
    await follower.stop();

    const found = await anomalies({ wildcard: { 'source.address': '10.99.0.*' } });
    expect(found.map(({ event }) => event.kind)).toEqual([
      'alert',
      'event',
      'alert',
      'alert',
      'alert',
      'alert',
    ]);
    expect(found[1]?.event.action).toBe('ot-anomaly-still-seen');
    expect(found[1]?.ot_anomaly.group).toMatchObject({
      id: found[0]?.ot_anomaly.group.id,
      records: 2,
      sources: 1,
    });
    const write = found.find(({ ot_anomaly }) => ot_anomaly.function_code === 'WRITE_MULTIPLE_REGISTERS');
    expect(write?.threat?.technique.id).toEqual(['T1692.001', 'T0836', 'T0848']);
    expect(write?.ot_anomaly.technique?.[0]).toMatchObject({
      id: 'T1692.001',
      v18_id: 'T0855',
      evidence: expect.stringContaining('WRITE_MULTIPLE_REGISTERS'),
    });
  }, 120_000);

  it('is one for the same traffic seen by two sensors', async () => {
    const { plc, unit } = known();
    const follower = startFollowing(site, { scorer: 'sensors' });
    await follower.ready;
    const row = message('10.99.1.1', plc, 'READ_COILS', unit);
    const bodies = ['north', 'south'].map((name) => ({ message: JSON.stringify(row), observer: { name } }));
    const index = streamOf('modbus', site.namespace);
    await writer.bulk({ operations: bodies.flatMap((body) => [{ create: { _index: index } }, body]) });
    await sleep(4_000);
    await follower.stop();
    const found = await anomalies({ term: { 'source.address': '10.99.1.1' } });
    expect(found.map(({ event }) => event.kind).sort()).toEqual(['alert', 'event']);
  }, 60_000);
});
