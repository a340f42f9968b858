import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOG_TYPES } from '../../src/zeek/logTypes.js';
import { ecsProblems } from '../fixtures/ecs.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { installAssets } from './installAssets.js';

type Row = Readonly<Record<string, unknown>>;

const namespace = uniqueNamespace();
const client: Client = cluster();
beforeAll(() => installAssets(namespace));
afterAll(() => client.close());

const indexOf = (log: string) => `logs-ot_zeek.${log}-${namespace}`;

/** Creates one row and gives back what was indexed. */
async function send(log: string, row: Row): Promise<Row> {
  const { _id } = await client.create({
    index: indexOf(log),
    id: crypto.randomUUID(),
    document: { message: JSON.stringify(row) },
    refresh: true,
  });
  const { hits } = await client.search<Row>({ index: indexOf(log), query: { ids: { values: [_id] } } });
  const source = hits.hits[0]?._source;
  if (source === undefined) throw new Error(`${_id} was not found`);
  expect(ecsProblems(source)).toEqual([]);
  return source;
}

const CONNECTION = {
  ts: 1772553191.209496,
  uid: 'C1',
  'id.orig_h': '10.0.0.1',
  'id.orig_p': 40_000,
  'id.resp_h': '10.0.0.2',
  'id.resp_p': 20_000,
};

/** The responder's packet, as ICSNPP names its ends since 2023. */
const ANSWERING = {
  is_orig: false,
  source_h: '10.0.0.2',
  source_p: 20_000,
  destination_h: '10.0.0.1',
  destination_p: 40_000,
};

describe('a message', () => {
  it.each([
    ['dnp3', { fc_request: 'READ', fc_reply: 'RESPONSE', iin: 4096 }, 'dnp3', 'READ', 'success'],
    ['dnp3', { fc_request: 'READ', fc_reply: 'RESPONSE', iin: 0x9002 }, 'dnp3', 'READ', 'failure'],
    ['dnp3', { fc_request: 'STOP_APPL' }, 'dnp3', 'STOP_APPL', 'unknown'],
    ['dnp3', { fc_reply: 'UNSOLICITED_RESPONSE', iin: 0 }, 'dnp3', 'UNSOLICITED_RESPONSE', 'success'],
    [
      'dnp3_control',
      {
        block_type: 'Control Relay Output Block',
        function_code: 'OPERATE',
        index_number: 8,
        trip_control_code: 'Close',
        operation_type: 'Pulse Off',
        execute_count: 1,
        on_time: 500,
        off_time: 0,
        status_code: 'Success', // of the years when requests had one
      },
      'dnp3',
      'OPERATE',
      'unknown',
    ],
    [
      'dnp3_control',
      { ...ANSWERING, function_code: 'RESPONSE', clear_bit: false, status_code: 'No Select' },
      'dnp3',
      'RESPONSE',
      'failure',
    ],
    ['dnp3_objects', { function_code: 'READ', object_type: 'Class 0 Data' }, 'dnp3', 'READ', 'unknown'],
    [
      'dnp3_objects',
      { ...ANSWERING, function_code: 'RESPONSE', object_count: 2, range_low: 0, range_high: 1 },
      'dnp3',
      'RESPONSE',
      'success',
    ],
    ['enip', { enip_command: 'List Identity', enip_status: 'Success' }, 'enip', 'List Identity', 'unknown'],
    [
      'enip',
      { ...ANSWERING, enip_command_code: '0x70', enip_status: '0x00000000' },
      'enip',
      '0x70',
      'success',
    ],
    [
      'enip',
      { ...ANSWERING, enip_command: 'Send RR Data', enip_status: 'Invalid Session Handle' },
      'enip',
      'Send RR Data',
      'failure',
    ],
    [
      'cip',
      {
        packet_correlation_id: 'a1',
        direction: 'request',
        cip_service: 'Set Attribute List',
        class_id: '0x8b',
        class_name: 'unknown',
        instance_id: '0x01',
      },
      ['enip', 'cip'],
      'Set Attribute List',
      'unknown',
    ],
    [
      'cip',
      { direction: 'response', cip_service_code: '0x03', cip_status: 'Success', data_id: '0x1' },
      ['enip', 'cip'],
      '0x03',
      'success',
    ],
    [
      'cip',
      { direction: 'response', cip_service: 'Reset', cip_status: 'Privilege Violation' },
      ['enip', 'cip'],
      'Reset',
      'failure',
    ],
    [
      'cip_io',
      { connection_id: '0x004b0603', data_length: 6, io_data: 'a587e80f0300' },
      'cip',
      undefined,
      undefined,
    ],
    [
      'cip_identity',
      { socket_address: '164.1.1.10', socket_port: 4783, vendor_id: 1, product_name: '1756-ENBT/A' },
      'enip',
      undefined,
      undefined,
    ],
    ...(
      [
        'modbus_mask_write_register',
        'modbus_read_write_multiple_registers',
        'modbus_read_device_identification',
      ] as const
    ).flatMap(
      (log) =>
        [
          [log, { ...ANSWERING, unit: 4, func: 'F', request_response: 'RESPONSE' }, 'modbus', 'F', 'success'],
          [log, { unit: 4, func: 'F', request_response: 'REQUEST' }, 'modbus', 'F', 'unknown'],
          [
            log,
            { unit: 4, func: 'F_EXCEPTION', request_response: 'RESPONSE' },
            'modbus',
            'F_EXCEPTION',
            'failure',
          ],
        ] as const,
    ),
    [
      'modbus_detailed',
      { unit: 4, func: 'F', request_response: 'REQUEST', values: '1' },
      'modbus',
      'F',
      'unknown',
    ],
  ] as const)('of %s with %j: %j, %s, %s', async (log, columns, protocol, action, outcome) => {
    const document = await send(log, { ...CONNECTION, ...columns });
    expect(document).toMatchObject({
      '@timestamp': '2026-03-03T15:53:11.209Z',
      event: { kind: 'event', type: ['connection', 'protocol'], dataset: `ot_zeek.${log}`, id: 'C1' },
      network: { protocol },
      // The connection's ends, whoever sent this message.
      source: { address: '10.0.0.1', port: 40_000 },
      destination: { address: '10.0.0.2', port: 20_000 },
      related: { ip: ['10.0.0.1', '10.0.0.2'] },
      zeek: { session_id: 'C1', [log]: columns },
    });
    const event = document['event'] as Row;
    expect(event['action']).toBe(action);
    expect(event['outcome']).toBe(outcome);
  });

  it('of an older Modbus log finds its unit under the newer name', async () => {
    const columns = { unit_id: 4, func: 'MASK_WRITE_REGISTER', network_direction: 'response' };
    expect(await send('modbus_mask_write_register', { ...CONNECTION, ...columns })).toMatchObject({
      event: { outcome: 'success' },
      zeek: { modbus_mask_write_register: { ...columns, unit: 4 } },
    });
  });
});

describe('what explains alerts', () => {
  it('keeps a notice with the hosts it names, of a connection or of none', async () => {
    const columns = {
      note: 'Scan::Port_Scan',
      msg: 'scanned',
      src: '10.0.0.9',
      dst: '10.0.0.2',
      actions: ['Notice::ACTION_LOG'],
      suppress_for: 3600,
      'remote_location.latitude': 48.2,
    };
    expect(await send('notice', { ts: 1.5, ...columns })).toMatchObject({
      event: { kind: 'alert', action: 'Scan::Port_Scan', category: ['network', 'intrusion_detection'] },
      source: { address: '10.0.0.9', ip: '10.0.0.9' },
      related: { ip: ['10.0.0.9', '10.0.0.2'] },
      zeek: { notice: { remote_location: { latitude: 48.2 } } },
    });
    expect(await send('notice', { ...CONNECTION, ...columns, proto: 'tcp' })).toMatchObject({
      source: { address: '10.0.0.1' },
      network: { transport: 'tcp' },
    });
    expect(await send('notice', { ts: 1.5, note: 'CaptureLoss::Too_Much_Loss' })).not.toHaveProperty(
      'source',
    );
  });

  it('keeps a weird of a connection or of none', async () => {
    expect(await send('weird', { ts: 1.5, name: 'truncated_IP', notice: false, peer: 'bro' })).toMatchObject({
      event: { kind: 'event', action: 'truncated_IP', type: ['info'] },
      zeek: { weird: { name: 'truncated_IP', notice: false, peer: 'bro' } },
    });
  });

  it('keeps what a sensor missed as a metric', async () => {
    const columns = { ts_delta: 900, peer: 'north', gaps: 3, acks: 200, percent_lost: 1.5 };
    expect(await send('capture_loss', { ts: 1.5, ...columns })).toMatchObject({
      event: { kind: 'metric' },
      zeek: { capture_loss: columns },
    });
  });

  it('keeps which analyzer gave up, and why', async () => {
    const columns = { proto: 'udp', analyzer: 'DHCP', failure_reason: 'no DHCP message type option' };
    expect(await send('dpd', { ...CONNECTION, ...columns })).toMatchObject({
      event: { action: 'protocol_violation' },
      network: { transport: 'udp', protocol: 'dhcp' },
    });
  });
});

describe.each(LOG_TYPES.map((type) => [type.name, type.columns] as const))('%s', (log, columns) => {
  it('takes numbers and truths that come as text, and keeps what is neither', async () => {
    const textual = Object.fromEntries(
      Object.entries(columns).map(([name, type]) => [name, type === 'bool' ? 'true' : '7']),
    );
    const { zeek, event } = await send(log, { ts: '1.5', ...textual });
    expect(event).toMatchObject({ dataset: `ot_zeek.${log}` });
    const own = (zeek as Row)[log] as Row;
    for (const [name, type] of Object.entries(columns)) {
      const value = name.split('.').reduce<unknown>((object, key) => (object as Row)[key], own);
      const element = /^(?:set|vector)\[(.+)\]$/.exec(type)?.[1] ?? type;
      const expected = ['bool'].includes(type)
        ? true
        : ['count', 'int', 'port', 'double', 'interval'].includes(element)
          ? 7
          : '7';
      expect([name, value]).toEqual([name, expected]);
    }
  });
});
