import { describe, expect, it } from 'vitest';
import { toOtRecord } from '../../../src/features/otRecord.js';
import { protocolOf } from '../../../src/features/protocol.js';
import { record } from '../../fixtures/records.js';

describe('industrial traffic', () => {
  it.each([
    ['modbus', 1, 'modbus'],
    ['dnp3_tcp', 1, 'dnp3'],
    ['dnp3_udp', 1, 'dnp3'],
    ['modbus,ssl', 1, 'modbus'],
    [['ssl', 'enip'], 1, 'enip'],
    ['cip', 2222, 'cip'],
    [undefined, 502, 'modbus'],
    ['ssl', 20_000, 'dnp3'],
    ['dns', 53, undefined],
    [undefined, 443, undefined],
  ])('service %j on port %i is %s', (service, port, protocol) => {
    expect(protocolOf(service, port)).toBe(protocol);
  });

  it('is nothing without time, addresses or port', () => {
    for (const column of ['ts', 'id.orig_h', 'id.resp_h', 'id.resp_p']) {
      const columns = { ts: 1, 'id.orig_h': 'a', 'id.resp_h': 'b', 'id.resp_p': 502, [column]: undefined };
      expect(toOtRecord({ log: 'modbus', sensor: undefined, columns })).toBeUndefined();
    }
  });

  it('reads both generations of modbus and modbus_detailed', () => {
    expect(record({ pdu_type: undefined, unit: undefined })).toMatchObject({
      kind: 'transaction',
      unit: '-',
    });
    expect(record({ pdu_type: 'RESP' })).toMatchObject({ kind: 'response' });
    expect(
      record(
        {
          unit: undefined,
          unit_id: 4,
          pdu_type: undefined,
          network_direction: 'request',
          address: 1,
          quantity: 8,
        },
        'modbus_detailed',
      ),
    ).toMatchObject({ kind: 'request', unit: '4', address: 1, quantity: 8 });
  });

  it('takes numbers that a shipper sent as text, and what is unset for unset', () => {
    expect(record({ ts: '1767571200.25', 'id.resp_p': '502', 'id.orig_p': '40000' })).toMatchObject({
      ts: 1_767_571_200.25,
      port: 502,
      sourcePort: 40_000,
    });
    for (const text of ['', '1e3', '0x10', 'Infinity', '1'.repeat(400)])
      expect(toOtRecord({ log: 'modbus', sensor: undefined, columns: { ts: text } })).toBeUndefined();
    for (const exception of ['', '-']) expect(record({ exception }).exception).toBeUndefined();
    for (const values of ['', [null], 'ON', ['']])
      expect(record({ values }, 'modbus_detailed').values).toEqual([]);
    expect(record({ values: '7,8' }, 'modbus_detailed').values).toEqual([7, 8]);
  });

  it('lets no name from the network break a key apart or grow without bound', () => {
    const { functionCode, unit } = record({ func: `a|b${'x'.repeat(10_000)}`, unit: '1|2' });
    expect(functionCode).not.toContain('|');
    expect(functionCode.length).toBeLessThanOrEqual(128);
    expect(unit).toBe('1¦2');
  });
});
