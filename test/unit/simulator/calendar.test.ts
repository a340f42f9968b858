import { describe, expect, it } from 'vitest';
import type { SimulatedRow } from '../../../src/simulator/index.js';
import { DAY, number, record, text } from './recorded.js';

const { plant, rows } = record({ plcs: 10, seconds: 28 * DAY, observe: 3 });
const engineering = rows.filter(
  (row) => row.log === 'modbus' && text(row, 'id.orig_h') === plant.engineering.address,
);
const at = (row: SimulatedRow) => new Date(number(row, 'ts') * 1000);

describe('the calendar', () => {
  it('has engineering sessions on working days in working hours only', () => {
    const days = new Set<number>();
    for (const row of engineering) {
      days.add(at(row).getUTCDay());
      expect(at(row).getUTCHours()).toBeGreaterThanOrEqual(7);
      expect(at(row).getUTCHours()).toBeLessThan(18);
    }
    expect([...days].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('has maintenance once a week, at its hours, with functions that nothing else uses', () => {
    const { weekday, startsAt, lasts } = plant.maintenance;
    const tests = engineering.filter((row) => text(row, 'func') === 'DIAGNOSTICS');
    const days = new Set(tests.map((row) => at(row).toISOString().slice(0, 10)));
    expect(days.size).toBe(4);
    for (const row of tests) {
      expect(at(row).getUTCDay()).toBe(weekday);
      const hour = (number(row, 'ts') % DAY) * 1e6;
      expect(hour).toBeGreaterThanOrEqual(startsAt);
      expect(hour).toBeLessThanOrEqual(startsAt + lasts);
    }
    expect(new Set(tests.map((row) => text(row, 'id.resp_h'))).size).toBe(plant.plcs.length);
    expect(rows.filter((row) => text(row, 'func') === 'DIAGNOSTICS').length).toBe(tests.length);
  });

  it('keeps every sitting and every write, however little is recorded', () => {
    const conns = rows.filter(
      (row) => row.log === 'conn' && text(row, 'id.orig_h') === plant.engineering.address,
    );
    const seen = new Set(engineering.map((row) => text(row, 'uid')));
    for (const conn of conns) expect(seen.has(text(conn, 'uid'))).toBe(true);
    // Four weeks of maintenance at ten PLCs, and about two sittings a working day.
    expect(conns.length).toBeGreaterThan(60);
  });

  it('has operators writing through the HMI at no fixed intervals, more by day', () => {
    const writes = rows.filter(
      (row) =>
        text(row, 'id.orig_h') === plant.hmi.address &&
        text(row, 'pdu_type') === 'REQ' &&
        text(row, 'func').startsWith('WRITE_'),
    );
    const written = new Set(writes.map((row) => text(row, 'id.resp_h')));
    const writable = plant.plcs.filter((plc) => plc.operatorWrites.length > 0).map((plc) => plc.address);
    expect([...written].sort()).toEqual([...writable].sort());
    const hours = writes.map((row) => at(row).getUTCHours());
    const day = hours.filter((hour) => hour >= 6 && hour < 22).length / 16;
    const night = hours.filter((hour) => hour < 6 || hour >= 22).length / 8;
    expect(day).toBeGreaterThan(2 * night);
  });

  it('shows each periodic relation on every day', () => {
    const days = new Map<string, Set<string>>();
    for (const row of rows) {
      const relation = `${text(row, 'id.orig_h')} ${text(row, 'id.resp_h')}`;
      if (text(row, 'id.orig_h') === plant.engineering.address || row.log !== 'modbus') continue;
      days.set(relation, (days.get(relation) ?? new Set()).add(at(row).toISOString().slice(0, 10)));
    }
    for (const seen of days.values()) expect(seen.size).toBe(28);
  });
});
