import { describe, expect, it } from 'vitest';
import { functionClass } from '../../../src/features/functionClass.js';
import { IntervalTracker } from '../../../src/features/intervalTracker.js';
import { type OtRecord, toOtRecord } from '../../../src/features/otRecord.js';
import { groupKey } from '../../../src/features/relation.js';
import { SCORED_LOGS } from '../../../src/zeek/scoredLogs.js';

function recordOf(log: string, columns: Readonly<Record<string, unknown>>): OtRecord {
  const record = toOtRecord({
    log,
    sensor: undefined,
    columns: { ts: 1, uid: 'C1', 'id.orig_h': 'a', 'id.resp_h': 'b', 'id.resp_p': 20_000, ...columns },
  });
  if (record === undefined) throw new Error(`no record of ${log}`);
  return record;
}

describe('a row', () => {
  it.each([
    ['dnp3', { fc_request: 'READ', fc_reply: 'RESPONSE', iin: 0 }, 'dnp3', 'transaction', 'READ'],
    ['dnp3', { fc_request: 'STOP_APPL' }, 'dnp3', 'transaction', 'STOP_APPL'],
    ['dnp3', { fc_reply: 'UNSOLICITED_RESPONSE' }, 'dnp3', 'response', 'UNSOLICITED_RESPONSE'],
    [
      'dnp3_control',
      { function_code: 'DIRECT_OPERATE', operation_type: 'Pulse On', trip_control_code: 'Trip' },
      'dnp3',
      'item',
      'DIRECT_OPERATE, Pulse On, Trip',
    ],
    [
      'dnp3_control',
      { function_code: 'RESPONSE', operation_type: 'Latch On', trip_control_code: 'Nul' },
      'dnp3',
      'response',
      'RESPONSE, Latch On, Nul',
    ],
    [
      'dnp3_objects',
      { function_code: 'READ', object_type: 'Class 0 Data' },
      'dnp3',
      'item',
      'READ, Class 0 Data',
    ],
    ['enip', { enip_command: 'Send RR Data', is_orig: true }, 'enip', 'request', 'Send RR Data'],
    ['enip', { enip_command: 'Send RR Data', is_orig: false }, 'enip', 'response', 'Send RR Data'],
    ['enip', { enip_command: 'List Identity' }, 'enip', 'transaction', 'List Identity'],
    ['enip', { enip_command: 'unknown', enip_command_code: '0x01' }, 'enip', 'transaction', '0x01'],
    ['enip', { enip_command_code: '0x70', is_orig: true }, 'enip', 'request', '0x70'],
    [
      'cip',
      {
        cip_service: 'Set Attribute List',
        cip_service_code: '0x04',
        class_name: 'unknown',
        class_id: '0x8b',
        direction: 'request',
      },
      'enip',
      'request',
      'Set Attribute List, 0x8b',
    ],
    [
      'cip',
      { cip_service: 'Reset', class_name: 'Identity', class_id: '0x01', direction: 'request' },
      'enip',
      'request',
      'Reset, Identity',
    ],
    ['cip', { cip_service: 'Reset', direction: 'response' }, 'enip', 'response', 'Reset'],
    ['cip_io', { connection_id: '0x1', is_orig: false }, 'cip', 'item', '-'],
    ['cip_identity', { product_name: 'PLC' }, 'enip', 'response', '-'],
    [
      'modbus_mask_write_register',
      { func: 'MASK_WRITE_REGISTER', unit: 4, request_response: 'REQUEST' },
      'modbus',
      'request',
      'MASK_WRITE_REGISTER',
    ],
    [
      'modbus_read_write_multiple_registers',
      { func: 'READ_WRITE_MULTIPLE_REGISTERS', unit_id: 4, network_direction: 'response' },
      'modbus',
      'response',
      'READ_WRITE_MULTIPLE_REGISTERS',
    ],
    [
      'modbus_detailed',
      { func: 'READ_COILS', request_response: 'RESPONSE' },
      'modbus',
      'response',
      'READ_COILS',
    ],
  ] as const)('of %s with %j is %s, %s, %s', (log, columns, protocol, kind, functionCode) => {
    expect(recordOf(log, columns)).toMatchObject({ protocol, kind, functionCode });
  });

  it('carries address, quantity and exception where its log has them', () => {
    expect(
      recordOf('modbus_read_write_multiple_registers', { write_start_address: 2, read_quantity: 8, unit: 6 }),
    ).toMatchObject({ address: 2, quantity: 8, unit: '6' });
    expect(recordOf('dnp3_control', { index_number: 8, status_code: 'No Select' })).toMatchObject({
      address: 8,
      exception: 'No Select',
    });
    expect(recordOf('cip', { instance_id: '0x8b', cip_status: 'Success' })).toMatchObject({
      address: 0x8b,
      exception: undefined,
    });
    expect(recordOf('enip', { enip_status: '0x00000000' }).exception).toBeUndefined();
  });

  it.each(['notice', 'weird', 'capture_loss', 'constructor'])('of %s is not scored', (log) => {
    const columns = { ts: 1, 'id.orig_h': 'a', 'id.resp_h': 'b', 'id.resp_p': 502 };
    expect(toOtRecord({ log, sensor: undefined, columns })).toBeUndefined();
  });

  it.each(SCORED_LOGS)('of %s without columns of its own is still a record', (log) => {
    expect(recordOf(log, {})).toMatchObject({ log, functionCode: '-', unit: '-' });
  });
});

describe('intervals', () => {
  const next = (tracker: IntervalTracker, log: string, columns: Readonly<Record<string, unknown>>) =>
    tracker.next(recordOf(log, columns));

  it('lie between transactions of DNP3, not between the objects of one message', () => {
    const tracker = new IntervalTracker();
    next(tracker, 'dnp3', { ts: 1, fc_request: 'READ' });
    expect(next(tracker, 'dnp3', { ts: 3, fc_request: 'READ' })).toBe(2);
    const object = { function_code: 'READ', object_type: 'Class 1 Data' };
    next(tracker, 'dnp3_objects', { ts: 1, ...object });
    expect(next(tracker, 'dnp3_objects', { ts: 3, ...object })).toBeUndefined();
  });

  it('of CIP are those of one service on one instance', () => {
    const tracker = new IntervalTracker();
    const request = { cip_service: 'Get Attribute List', class_id: '0x8b', direction: 'request' };
    next(tracker, 'cip', { ts: 1, ...request, instance_id: '0x01' });
    next(tracker, 'cip', { ts: 1.5, ...request, instance_id: '0x02' });
    expect(next(tracker, 'cip', { ts: 2, ...request, instance_id: '0x01' })).toBe(1);
  });

  it('of implicit I/O are none: a scorer that follows is given the first row of each second', () => {
    const tracker = new IntervalTracker();
    next(tracker, 'cip_io', { ts: 1, connection_id: '0x1' });
    expect(next(tracker, 'cip_io', { ts: 1.01, connection_id: '0x1' })).toBeUndefined();
  });
});

it('joined function codes keep their class', () => {
  const classOf = (log: string, columns: Readonly<Record<string, unknown>>) => {
    const { protocol, functionCode } = recordOf(log, columns);
    return functionClass(protocol, functionCode);
  };
  expect(classOf('dnp3_control', { function_code: 'DIRECT_OPERATE', operation_type: 'Nul' })).toBe('operate');
  expect(classOf('dnp3_objects', { function_code: 'READ', object_type: 'Class 0 Data' })).toBe('read');
  expect(classOf('cip', { cip_service: 'Reset', class_name: 'Identity' })).toBe('restart');
  expect(classOf('cip', { cip_service: 'Read Write Modify Data' })).toBe('write');
  expect(classOf('cip', { cip_service: 'Stop', class_id: '0x8e' })).toBe('mode');
});

it('no name from the network forges another’s key', () => {
  const forged = recordOf('dnp3_control', { function_code: 'READ|x', operation_type: 'y' });
  expect(groupKey(forged).split('|')).toHaveLength(
    groupKey(recordOf('dnp3_control', { function_code: 'READ' })).split('|').length,
  );
});
