import { createHash } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ecsProblems } from '../fixtures/ecs.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { installAssets } from './installAssets.js';

type Row = Readonly<Record<string, unknown>>;
interface Indexed {
  readonly [field: string]: unknown;
}

const namespace = uniqueNamespace();
const client: Client = cluster();
beforeAll(() => installAssets(namespace));
afterAll(() => client.close());

const ENDPOINTS = {
  'id.orig_h': '172.18.0.2',
  'id.orig_p': 51986,
  'id.resp_h': '172.18.0.3',
  'id.resp_p': 502,
};

/** Creates one document and gives back what was indexed. */
async function send(log: string, body: Row): Promise<Indexed> {
  const index = `logs-ot_zeek.${log}-${namespace}`;
  const { _id } = await client.create({ index, id: crypto.randomUUID(), document: body, refresh: true });
  const { hits } = await client.search<Indexed>({ index, query: { ids: { values: [_id] } } });
  const source = hits.hits[0]?._source;
  if (source === undefined) throw new Error(`${_id} was not found`);
  return source;
}

const sendRow = (log: string, row: Row, rest: Row = {}) =>
  send(log, { message: JSON.stringify(row), ...rest });

/** First 48 bits of SHA-256, computed apart from the pipeline. */
function hash48(text: string): number {
  return Number.parseInt(createHash('sha256').update(text).digest('hex').slice(0, 12), 16);
}

const COMMON = {
  ecs: { version: '9.4.0' },
  observer: { vendor: 'Zeek', product: 'Zeek', type: 'sensor' },
};

describe('conn', () => {
  const row = {
    ts: 1772553162.177107,
    uid: 'C4uYJtiLc0r42GG7j',
    ...ENDPOINTS,
    proto: 'tcp',
    service: 'modbus',
    duration: 123.537063,
    orig_bytes: 64,
    resp_bytes: 51,
    conn_state: 'SF',
    local_orig: true,
    local_resp: false,
    missed_bytes: 0,
    history: 'ShAdDa',
    orig_pkts: 8,
    orig_ip_bytes: 392,
    resp_pkts: 5,
    resp_ip_bytes: 259,
    tunnel_parents: [],
    ip_proto: 6,
    vlan: 7,
    inner_vlan: 12,
    _vendor_column: { nested: [1] },
  };

  it('becomes an ECS document that drops nothing', async () => {
    const document = await sendRow('conn', row, { observer: { name: 'sensor-1' } });
    const { ts, uid, 'id.orig_h': _1, 'id.orig_p': _2, 'id.resp_h': _3, 'id.resp_p': _4, ...columns } = row;
    const { ingested, ...event } = document['event'] as Row;
    expect({ ...document, event }).toEqual({
      ...COMMON,
      observer: { ...COMMON.observer, name: 'sensor-1' },
      '@timestamp': '2026-03-03T15:52:42.177Z',
      data_stream: { type: 'logs', dataset: 'ot_zeek.conn', namespace },
      event: {
        kind: 'event',
        category: ['network'],
        type: ['connection', 'start', 'end'],
        module: 'ot_zeek',
        dataset: 'ot_zeek.conn',
        provider: 'zeek',
        id: uid,
        duration: 123_537_063_000,
      },
      source: { address: '172.18.0.2', ip: '172.18.0.2', port: 51986, bytes: 392, packets: 8 },
      destination: { address: '172.18.0.3', ip: '172.18.0.3', port: 502, bytes: 259, packets: 5 },
      network: {
        transport: 'tcp',
        protocol: 'modbus',
        type: 'ipv4',
        direction: 'outbound',
        bytes: 651,
        packets: 13,
        community_id: '1:d+AdILrRRMkQ9b+8Hynsb+C1EFE=',
        vlan: { id: '7' },
        inner: { vlan: { id: '12' } },
      },
      related: { ip: ['172.18.0.2', '172.18.0.3'] },
      zeek: { session_id: uid, ts, conn: columns },
      ot_zeek: {
        log: 'conn',
        sample: {
          hash: hash48(JSON.stringify(row)),
          bucket: hash48('172.18.0.2|172.18.0.3|502') % 1024,
        },
      },
    });
    // The node's clock with more digits than milliseconds, nearly always.
    expect(ingested).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
    expect(ecsProblems(document)).toEqual([]);
  });

  it.each([
    ['SF', ['connection', 'start', 'end']],
    ['S0', ['connection', 'start']],
    ['S1', ['connection', 'start']],
    ['REJ', ['connection', 'start', 'denied']],
    ['OTH', ['connection', 'info']],
    [undefined, ['connection', 'info']],
  ])('in state %s has type %j', async (conn_state, type) => {
    const document = await sendRow('conn', { ts: 1.5, conn_state });
    expect(document).toMatchObject({ event: { type } });
    expect(ecsProblems(document)).toEqual([]);
  });

  it.each([
    [true, true, 'internal'],
    [true, false, 'outbound'],
    [false, true, 'inbound'],
    [false, false, 'external'],
    [true, undefined, undefined],
  ])('from local %s to local %s goes %s', async (local_orig, local_resp, direction) => {
    const document = await sendRow('conn', { ts: 1.5, local_orig, local_resp });
    expect((document['network'] as Row)['direction']).toBe(direction);
  });

  it.each([
    ['modbus,ssl', ['modbus', 'ssl']],
    ['DNP3_TCP', 'dnp3_tcp'],
    [
      ['cip', 'ENIP'],
      ['cip', 'enip'],
    ],
    [undefined, undefined],
  ])('of service %j has protocol %j', async (service, protocol) => {
    const document = await sendRow('conn', { ts: 1.5, service });
    expect((document['network'] as Row)['protocol']).toEqual(protocol);
  });

  it('reads numbers that came as text, and keeps what is no number', async () => {
    const document = await sendRow('conn', {
      ts: '1772553162.177107',
      'id.resp_p': '502',
      duration: '0.5',
      orig_bytes: '18446744073709551615',
      orig_ip_bytes: '60',
      resp_ip_bytes: 'many',
      local_orig: 'true',
    });
    expect(document).toMatchObject({
      '@timestamp': '2026-03-03T15:52:42.177Z',
      destination: { port: 502 },
      source: { bytes: 60 },
      event: { kind: 'event', duration: 500_000_000 },
      zeek: {
        conn: { duration: 0.5, orig_bytes: '18446744073709551615', resp_ip_bytes: 'many', local_orig: true },
      },
    });
    expect(document['destination']).not.toHaveProperty('bytes');
  });

  it('keeps rows whose values no mapping takes', async () => {
    const document = await send('conn', {
      message: `{"ts":1.5,"id.orig_h":"not an address","orig_bytes":18446744073709551615,"history":"${'D'.repeat(40_000)}"}`,
    });
    expect(document).toMatchObject({
      event: { kind: 'event' },
      source: { address: 'not an address' },
      zeek: { conn: { orig_bytes: 18446744073709552000 } },
    });
    expect(document['related']).toBeUndefined();
  });

  it('knows IPv6 and its ICMP, one address once, and Zeek’s own community id', async () => {
    const addresses = { 'id.orig_h': 'fe80::200:86ff:fe05:80da', 'id.resp_h': 'fe80::260:97ff:fe07:69ea' };
    const ping = { ts: 1.5, ...addresses, 'id.orig_p': 135, 'id.resp_p': 0, proto: 'icmp' };
    expect(await sendRow('conn', ping)).toMatchObject({
      network: { type: 'ipv6', transport: 'ipv6-icmp', community_id: '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=' },
      zeek: { conn: { proto: 'icmp' } },
    });
    const own = { ts: 1.5, 'id.orig_h': '::1', 'id.resp_h': '::1', community_id: '1:own' };
    expect(await sendRow('conn', own)).toMatchObject({
      related: { ip: ['::1'] },
      network: { community_id: '1:own' },
    });
    const echo = { 'id.orig_h': '192.168.0.89', 'id.orig_p': 8, 'id.resp_h': '192.168.0.1', 'id.resp_p': 0 };
    expect(await sendRow('conn', { ts: 1.5, ...echo, proto: 'icmp' })).toMatchObject({
      network: { community_id: '1:X0snYXpgwiv9TZtqg64sgzUn6Dk=' },
    });
  });

  it('takes an ISO date with its microseconds, and whole seconds', async () => {
    expect(await sendRow('conn', { ts: '2023-01-01T00:00:00.123456Z' })).toMatchObject({
      '@timestamp': '2023-01-01T00:00:00.123Z',
      zeek: { ts: 1672531200.123456 },
    });
    expect(await sendRow('conn', { ts: 1672531200 })).toMatchObject({
      '@timestamp': '2023-01-01T00:00:00.000Z',
    });
  });

  it('is searchable by what is mapped, and by nothing else', async () => {
    const index = `logs-ot_zeek.conn-${namespace}`;
    await sendRow('conn', { ts: 1.5, uid: 'mapped', _label: 'attack', orig_bytes: 777 });
    const count = async (field: string, value: string | number) =>
      (await client.count({ index, query: { term: { [field]: value } } })).count;
    expect(await count('zeek.session_id', 'mapped')).toBe(1);
    expect(await count('zeek.conn.orig_bytes', 777)).toBe(1);
    expect(await count('zeek.conn._label', 'attack')).toBe(0);
  });
});

describe('modbus', () => {
  const request = { ts: 1772553191.209496, uid: 'C1', ...ENDPOINTS, tid: 1, unit: 1, func: 'READ_COILS' };

  it.each([
    ['a request', { pdu_type: 'REQ' }, 'unknown'],
    ['a response', { pdu_type: 'RESP' }, 'success'],
    ['an exception', { pdu_type: 'RESP', exception: 'ILLEGAL_FUNCTION' }, 'failure'],
  ])('of Zeek 5.1 and later: %s', async (_, columns, outcome) => {
    const document = await sendRow('modbus', { ...request, ...columns });
    expect(document).toMatchObject({
      ...COMMON,
      '@timestamp': '2026-03-03T15:53:11.209Z',
      event: {
        type: ['connection', 'protocol'],
        action: 'READ_COILS',
        outcome,
        dataset: 'ot_zeek.modbus',
        id: 'C1',
      },
      network: { transport: 'tcp', protocol: 'modbus', community_id: '1:d+AdILrRRMkQ9b+8Hynsb+C1EFE=' },
      zeek: { ts: 1772553191.209496, modbus: { tid: 1, unit: 1, func: 'READ_COILS', ...columns } },
    });
    expect(ecsProblems(document)).toEqual([]);
  });

  it('of older versions: one row a transaction, the exception in the function’s name', async () => {
    const { tid: _1, unit: _2, ...old } = request;
    expect(await sendRow('modbus', old)).toMatchObject({ event: { outcome: 'success' } });
    const failed = { ...old, func: 'READ_COILS_EXCEPTION', exception: 'ILLEGAL_DATA_ADDRESS' };
    const document = await sendRow('modbus', failed);
    expect(document).toMatchObject({
      event: { outcome: 'failure', action: 'READ_COILS_EXCEPTION' },
      zeek: { modbus: { func: 'READ_COILS_EXCEPTION', exception: 'ILLEGAL_DATA_ADDRESS' } },
    });
    expect(ecsProblems(document)).toEqual([]);
  });

  it('has the community id that Elastic’s integration gives the same flow', async () => {
    const flow = {
      'id.orig_h': '192.168.1.10',
      'id.orig_p': 64342,
      'id.resp_h': '192.168.1.164',
      'id.resp_p': 502,
    };
    expect(await sendRow('modbus', { ts: 1352718265.222457, ...flow })).toMatchObject({
      '@timestamp': '2012-11-12T11:04:25.222Z',
      network: { community_id: '1:jEXbR2FqHyMgLJgyYyFQN3yxbpc=' },
    });
  });
});

describe('modbus_detailed', () => {
  it('since 2025-09: one row a transaction', async () => {
    const columns = {
      tid: 18,
      unit: 4,
      func: 'READ_HOLDING_REGISTERS',
      address: 600,
      quantity: 2,
      request_values: [],
      response_values: [170, 170],
      modbus_detailed_link_id: 'aChpmnGHeIGIaeJs',
      matched: true,
    };
    const document = await sendRow('modbus_detailed', { ts: 1.5, uid: 'C1', ...ENDPOINTS, ...columns });
    expect(document).toMatchObject({
      event: { action: 'READ_HOLDING_REGISTERS', outcome: 'success', type: ['connection', 'protocol'] },
      network: { protocol: 'modbus', transport: 'tcp' },
      zeek: { modbus_detailed: columns },
    });
    expect(ecsProblems(document)).toEqual([]);
  });

  it.each([
    [{ matched: false }, 'unknown'],
    [{ matched: true, exception_code: 'ILLEGAL_DATA_ADDRESS' }, 'failure'],
  ])('%j has outcome %s', async (columns, outcome) => {
    expect(await sendRow('modbus_detailed', { ts: 1.5, ...columns })).toMatchObject({ event: { outcome } });
  });

  it.each([
    ['request', 'READ_COILS', 'unknown'],
    ['response', 'READ_COILS', 'success'],
    ['response', 'READ_COILS_EXCEPTION', 'failure'],
  ])('before 2025-09: a %s with %s', async (network_direction, func, outcome) => {
    const columns = { unit_id: 4, func, network_direction, address: 1, quantity: 8, values: 'T,F,F' };
    const document = await sendRow('modbus_detailed', { ts: 1.5, uid: 'C1', ...ENDPOINTS, ...columns });
    expect(document).toMatchObject({
      event: { action: func, outcome },
      zeek: { modbus_detailed: { ...columns, unit: 4 } },
    });
    expect(ecsProblems(document)).toEqual([]);
  });
});

describe('a row that can’t be parsed', () => {
  it.each([
    ['conn', 'nonsense', 'parse_row', /nonsense/],
    ['conn', '[1]', 'hash_row', /not a JSON object/],
    ['modbus', '{"uid":"C1"}', 'time', /ts \[null\] is no time/],
    ['modbus', '{"ts":"XXXXXXXXXX.XXXXXX"}', 'time', /XXXXXXXXXX\.XXXXXX/],
    ['modbus', '{"ts":0}', 'time', /ts \[0\] is no time/],
    ['modbus_detailed', '{"ts":1772553191209}', 'time', /is no time/],
    ['conn', '{"ts":1.5,"service":{"a":1}}', 'protocol', /service/],
  ])('of %s: %s', async (log, message, tag, reason) => {
    const document = await send(log, { message, labels: { ingest_run: 'r1' }, observer: { name: 's1' } });
    const failed = tag === 'protocol' ? 'logs-ot_zeek.conn' : 'logs-ot_zeek.common';
    expect(document).toMatchObject({
      '@timestamp': (document['event'] as Row)['ingested'],
      event: { kind: 'pipeline_error', original: message, module: 'ot_zeek', dataset: `ot_zeek.${log}` },
      error: { message: expect.stringMatching(reason) },
      ot_zeek: { log, failure: { tag, pipeline: failed, reason: expect.stringMatching(reason) } },
      labels: { ingest_run: 'r1' },
      observer: { name: 's1' },
    });
    expect((document['error'] as Row)['message']).toMatch(new RegExp(`tag '${tag}' in pipeline '${failed}'`));
    for (const dropped of ['zeek', 'source', 'destination', 'network', 'related', 'message'])
      expect(document).not.toHaveProperty(dropped);
    expect(ecsProblems(document)).toEqual([]);
  });

  it('passes through when it comes marked as one, whatever its length', async () => {
    const original = 'x'.repeat(1_048_576);
    const document = await send('conn', {
      event: { kind: 'pipeline_error', original },
      error: { message: 'line 7: too many columns' },
      labels: { ingest_run: 'r1' },
    });
    expect(document).toMatchObject({
      '@timestamp': (document['event'] as Row)['ingested'],
      event: { kind: 'pipeline_error', original, dataset: 'ot_zeek.conn' },
      error: { message: 'line 7: too many columns' },
      data_stream: { namespace },
    });
    expect(ecsProblems(document)).toEqual([]);
  });
});

describe('the text of a row', () => {
  const message = '{"ts":1.5,"func":"READ_COILS"}';

  it('stays where the tag asks for it, and goes otherwise', async () => {
    const kept = await send('modbus', { message, tags: ['preserve_original_event'] });
    expect(kept).toMatchObject({ event: { original: message } });
    expect(kept).not.toHaveProperty('message');
    const gone = await send('modbus', { message, tags: ['other'] });
    expect(gone['event']).not.toHaveProperty('original');
    expect(gone).not.toHaveProperty('message');
  });

  it('gives the same hash and bucket in message and in event.original, and in range', async () => {
    const [a, b] = [
      await send('modbus', { message }),
      await send('modbus', { event: { original: message } }),
    ];
    expect(b).toMatchObject({ ot_zeek: a['ot_zeek'], zeek: a['zeek'] });
    expect(a).toMatchObject({ ot_zeek: { sample: { hash: hash48(message), bucket: hash48('||') % 1024 } } });
  });
});
