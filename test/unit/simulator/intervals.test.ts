import { describe, expect, it } from 'vitest';
import type { SimulatedRow } from '../../../src/simulator/index.js';
import { DAY, groupBy, HOUR, median, number, record, text } from './recorded.js';

/** Requests of one client by PLC, function and connection; a PLC that is read twice with one function has no key. */
function keys(rows: readonly SimulatedRow[], client: string): ReadonlyMap<string, readonly SimulatedRow[]> {
  const requests = rows.filter(
    (row) => row.log === 'modbus' && text(row, 'pdu_type') === 'REQ' && text(row, 'id.orig_h') === client,
  );
  return groupBy(requests, (row) => `${text(row, 'id.resp_h')} ${text(row, 'func')} ${text(row, 'uid')}`);
}

function intervals(rows: readonly SimulatedRow[]): readonly number[] {
  return rows.slice(1).map((row, i) => number(row, 'ts') - number(rows[i] as SimulatedRow, 'ts'));
}

describe('intervals', () => {
  it('keep their true median however little is recorded', () => {
    for (const observe of [3, 30, 3600]) {
      const { plant, rows } = record({ plcs: 6, seconds: observe === 3600 ? 2 * HOUR : 3 * DAY, observe });
      let checked = 0;
      for (const [client, period] of [
        [plant.scada, 'scadaPeriod'],
        [plant.hmi, 'hmiPeriod'],
      ] as const) {
        for (const [key, requests] of keys(rows, client.address)) {
          const plc = plant.plcs.find(({ address }) => key.startsWith(`${address} `));
          const func = key.split(' ')[1] ?? '';
          const reads = (period === 'scadaPeriod' ? plc?.scadaReads : plc?.hmiReads) ?? [];
          if (plc === undefined || reads.filter((read) => read.func === func).length !== 1) continue;
          if (requests.length < 40) continue;
          const expected = plc[period] / 1e6;
          expect(Math.abs(median(intervals(requests)) / expected - 1)).toBeLessThan(0.01);
          checked++;
        }
      }
      expect(checked).toBeGreaterThan(5);
    }
  });

  it('are exact for the historian, one connection a poll', () => {
    const { plant, rows } = record({ plcs: 4, seconds: 2 * DAY, observe: 3 });
    const polls = rows.filter(
      (row) => row.log === 'conn' && text(row, 'id.orig_h') === plant.historian.address,
    );
    for (const [, own] of groupBy(polls, (row) => text(row, 'id.resp_h')))
      expect(Math.abs(median(intervals(own)) - 60)).toBeLessThan(0.6);
  });

  it('are whole multiples of the period where polls are missed, and the transaction id is absent', () => {
    const { plant, rows } = record({ plcs: 4, seconds: 5 * HOUR, observe: 3600 });
    let missed = 0;
    for (const plc of plant.plcs) {
      const period = plc.scadaPeriod / 1e6;
      const own = rows.filter((row) => text(row, 'id.resp_h') === plc.address);
      for (const [key, requests] of keys(own, plant.scada.address)) {
        const func = key.split(' ')[1] ?? '';
        if (plc.scadaReads.filter((read) => read.func === func).length !== 1) continue;
        for (const [i, interval] of intervals(requests).entries()) {
          if (interval < 1.5 * period) continue;
          const cycles = Math.round(interval / period);
          expect(Math.abs(interval - cycles * period)).toBeLessThan(0.25);
          const [before, after] = [requests[i], requests[i + 1]] as [SimulatedRow, SimulatedRow];
          const tids = (number(after, 'tid') - number(before, 'tid') + 65_536) % 65_536;
          expect(tids).toBe(cycles * plc.scadaReads.length);
          missed++;
        }
      }
    }
    // 7e-4 of about 200,000 requests, less those of functions that are read twice a cycle.
    expect(missed).toBeGreaterThan(40);
    expect(missed).toBeLessThan(250);
  });

  it('show retransmissions, exceptions and reconnects with a new uid after seconds to minutes', () => {
    const { plant, rows } = record({ plcs: 10, seconds: 10 * DAY, observe: 3 });
    const histories = rows.filter(({ log }) => log === 'conn').map((row) => text(row, 'history'));
    expect(histories.some((history) => history.includes('T'))).toBe(true);
    expect(rows.some((row) => text(row, 'exception') === 'ILLEGAL_DATA_ADDRESS')).toBe(true);
    const scada = rows.filter((row) => text(row, 'id.orig_h') === plant.scada.address);
    const conns = scada.filter((row) => row.log === 'conn' && text(row, 'service') === 'modbus');
    const gaps: number[] = [];
    for (const [, own] of groupBy(conns, (row) => text(row, 'id.resp_h'))) {
      const ordered = [...own].sort((a, b) => number(a, 'ts') - number(b, 'ts'));
      for (const [i, row] of ordered.slice(1).entries()) {
        const before = ordered[i] as SimulatedRow;
        expect(text(row, 'uid')).not.toBe(text(before, 'uid'));
        gaps.push(number(row, 'ts') - number(before, 'ts') - number(before, 'duration'));
      }
    }
    expect(gaps.filter((gap) => gap < 4).length).toBeGreaterThan(50);
    const outages = gaps.filter((gap) => gap >= 4);
    expect(outages.length).toBeGreaterThan(5);
    for (const outage of outages) expect(outage).toBeGreaterThanOrEqual(15);
    // A cut line that comes back into a restart may take both.
    for (const outage of outages) expect(outage).toBeLessThan(2 * 220);
  });
});

describe('a cycle', () => {
  it('is a burst of several reads within 8 to 125 ms, give or take an answer', () => {
    const { plant, rows } = record({ plcs: 5, seconds: HOUR / 4, observe: 3600 });
    for (const plc of plant.plcs) {
      const own = rows.filter(
        (row) => text(row, 'id.resp_h') === plc.address && text(row, 'id.orig_h') === plant.scada.address,
      );
      const requests = own.filter((row) => text(row, 'pdu_type') === 'REQ').map((row) => number(row, 'ts'));
      const spans: number[] = [];
      let first = requests[0] ?? 0;
      for (const [i, at] of requests.entries()) {
        const before = requests[i - 1] ?? at;
        if (at - before <= plc.scadaPeriod / 2e6) continue;
        spans.push(before - first);
        first = at;
      }
      expect(median(spans)).toBeGreaterThan(0.007);
      expect(median(spans)).toBeLessThan(0.13);
    }
  });
});
