import { describe, expect, it } from 'vitest';
import type { SimulatedRow } from '../../../src/simulator/index.js';
import { groupBy, HOUR, number, record, START, text } from './recorded.js';

/** Modbus/TCP payload of one transaction, by the protocol's own tables: MBAP 7 bytes, function 1. */
function payload(row: SimulatedRow): { readonly orig: number; readonly resp: number } {
  const quantity = number(row, 'quantity');
  const exception = row.row['exception_code'] !== undefined;
  switch (text(row, 'func')) {
    case 'READ_COILS':
    case 'READ_DISCRETE_INPUTS':
      return { orig: 12, resp: exception ? 9 : 9 + Math.ceil(quantity / 8) };
    case 'READ_HOLDING_REGISTERS':
    case 'READ_INPUT_REGISTERS':
      return { orig: 12, resp: exception ? 9 : 9 + 2 * quantity };
    case 'WRITE_MULTIPLE_REGISTERS':
      return { orig: 13 + 2 * quantity, resp: 12 };
    case 'WRITE_MULTIPLE_COILS':
      return { orig: 13 + Math.ceil(quantity / 8), resp: 12 };
    case 'REPORT_SLAVE_ID': // one bare row for each direction
      return { orig: 4, resp: 13 };
    default:
      return { orig: 12, resp: 12 };
  }
}

// From a Wednesday morning, so that maintenance, engineering and a change of shift are among it.
const wednesday = START + 2 * 24 * HOUR;
const whole = record({
  plcs: 3,
  from: wednesday + 5 * HOUR,
  seconds: 10 * HOUR,
  observe: 3600,
  logs: ['conn', 'modbus_detailed'],
  scenarios: [{ name: 'historian-pivot', at: wednesday + 6 * HOUR }],
});
const conns = whole.rows.filter(({ log }) => log === 'conn');
const messages = groupBy(
  whole.rows.filter(({ log }) => log === 'modbus_detailed'),
  (row) => text(row, 'uid'),
);

describe('conn rows', () => {
  it('carry exactly the payload of their messages', () => {
    let compared = 0;
    for (const conn of conns) {
      const own = messages.get(text(conn, 'uid')) ?? [];
      if (own.length === 0) continue;
      const sums = own.map(payload).reduce((a, b) => ({ orig: a.orig + b.orig, resp: a.resp + b.resp }));
      expect(number(conn, 'orig_bytes')).toBe(sums.orig);
      expect(number(conn, 'resp_bytes')).toBe(sums.resp);
      compared++;
    }
    expect(compared).toBeGreaterThan(500);
  });

  it('count IP bytes as payload plus headers of 40 or 52 bytes a packet, options of SYNs and what was resent', () => {
    for (const conn of conns.filter((row) => number(row, 'orig_bytes') > 0)) {
      for (const side of ['orig', 'resp']) {
        const packets = number(conn, `${side}_pkts`);
        const over = number(conn, `${side}_ip_bytes`) - number(conn, `${side}_bytes`) - 40 * packets;
        expect(over).toBeGreaterThanOrEqual(0);
        const resent = text(conn, 'history').includes('T') ? 60 * packets : 0;
        expect(over).toBeLessThanOrEqual(20 + resent);
      }
    }
  });

  it('have at least one packet for each message, and state and history that agree', () => {
    for (const conn of conns) {
      const own = messages.get(text(conn, 'uid')) ?? [];
      expect(number(conn, 'orig_pkts')).toBeGreaterThanOrEqual(own.length / 2);
      const [state, history] = [text(conn, 'conn_state'), text(conn, 'history')];
      if (state === 'SF') expect(history).toMatch(/Ff$/);
      if (state === 'RSTR') expect(history).toMatch(/r$/);
      if (state === 'REJ') expect(history).toBe('Sr');
      if (state === 'S0') expect(history).toBe('S');
      expect(conn.row['service']).toBe(own.length > 0 ? 'modbus' : undefined);
    }
  });

  it('are stamped at the start and written after the end, with all messages between', () => {
    for (const conn of conns) {
      const end = number(conn, 'ts') + (Number(conn.row['duration']) || 0);
      if (text(conn, 'conn_state') !== 'S0') expect(conn.writtenAt).toBeGreaterThanOrEqual(end + 4.999);
      const own = messages.get(text(conn, 'uid')) ?? [];
      if (own.length === 0) continue;
      expect(number(own[0] as SimulatedRow, 'ts')).toBeGreaterThanOrEqual(number(conn, 'ts'));
      expect(own.at(-1)?.writtenAt).toBeLessThanOrEqual(end + 1e-6);
    }
  });

  it('last for hours where a master keeps its connection, and milliseconds where the historian polls', () => {
    const durations = (client: string) =>
      conns.filter((row) => text(row, 'id.orig_h') === client && text(row, 'conn_state') === 'SF');
    const { hmi, historian, plcs } = whole.plant;
    expect(Math.max(...durations(hmi.address).map((row) => number(row, 'duration')))).toBeGreaterThan(
      7 * HOUR,
    );
    const known = new Set(plcs.filter((plc) => plc.historianReads.length > 0).map((plc) => plc.address));
    for (const row of durations(historian.address).filter((each) => known.has(text(each, 'id.resp_h'))))
      expect(number(row, 'duration')).toBeLessThan(1);
  });

  it('are missing for connections that are still open at the end', () => {
    const closed = new Set(conns.map((row) => text(row, 'uid')));
    const open = [...messages.keys()].filter((uid) => !closed.has(uid));
    // Each PLC's SCADA and HMI connection, give or take one that is being renewed.
    expect(open.length).toBeGreaterThanOrEqual(5);
    expect(open.length).toBeLessThanOrEqual(8);
  });
});
