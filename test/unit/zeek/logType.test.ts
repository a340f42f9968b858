import { describe, expect, it } from 'vitest';
import { resolveLogType } from '../../../src/zeek/logType.js';
import { KNOWN_LOGS } from '../../../src/zeek/logTypes.js';

describe('resolveLogType', () => {
  it.each([
    ['conn.log', 'conn'],
    ['/var/log/zeek/2024-01-01/conn.00:00:00-01:00:00.log.gz', 'conn'],
    ['conn-20240101-000000.log', 'conn'],
    ['conn_2024-01-01.log', 'conn'],
    ['modbus.log', 'modbus'],
    ['modbus_detailed.2024-01-01.json', 'modbus_detailed'],
    ['lemay_characterization.modbus.json.gz', 'modbus'],
  ])('%s is %s', (fileName, log) => {
    expect(resolveLogType({ fileName })).toBe(log);
  });

  it('believes the user before the row, and the row before the name', () => {
    expect(resolveLogType({ given: 'conn', path: 'modbus', fileName: 'modbus_detailed.log' })).toBe('conn');
    expect(resolveLogType({ path: 'modbus', fileName: 'conn.log' })).toBe('modbus');
  });

  it.each([
    [{ fileName: 'ssl.log' }, /ssl\.log/],
    [{ fileName: 'conn.modbus.log' }, /conn or modbus/],
    [{ fileName: 'conn.log', path: 'dnp3x' }, /"dnp3x"/],
    [{ fileName: 'conn.log', given: 'con' }, /"con"/],
    [{ fileName: 'connection.log' }, /connection\.log/],
  ])('refuses %j and lists what it knows', (hints, message) => {
    expect(() => resolveLogType(hints)).toThrow(message);
    for (const known of KNOWN_LOGS) expect(() => resolveLogType(hints)).toThrow(known);
  });
});
