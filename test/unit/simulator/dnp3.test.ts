import { describe, expect, it } from 'vitest';
import { wireBytes } from '../../../src/simulator/dnp3/frames.js';
import { blockBytes, RELAY_COMMAND_BYTES } from '../../../src/simulator/dnp3/objects.js';
import { findLogType } from '../../../src/zeek/logTypes.js';
import { scoredLogType } from '../../../src/zeek/scoredLogs.js';
import { DAY, groupBy, HOUR, median, number, record, START, text } from './recorded.js';

const week = record({ plcs: 4, protocols: ['dnp3'], seconds: 7 * DAY, observe: 3 });
const hours = record({
  plcs: 3,
  protocols: ['dnp3'],
  from: START + 10 * HOUR,
  seconds: 8 * HOUR,
  observe: 3600,
});
const of = (log: string) => week.rows.filter((row) => row.log === log);

describe('bytes on the wire', () => {
  it("are those of ICSNPP's example capture", () => {
    // 97 class 0 polls: 1,800 bytes of requests (one has three more classes) and 34,920 of answers.
    expect(wireBytes(2 + 3)).toBe(18);
    const points = [
      { object: 'Binary Input With Status', count: 120 },
      { object: 'Binary Output Status', count: 34 },
      { object: '16-Bit Analog Input', count: 20 },
      { object: '16-Bit Analog Output Status', count: 20 },
    ] as const;
    expect(wireBytes(4 + points.reduce((sum, block) => sum + blockBytes(block), 0))).toBe(34_920 / 97);
    // 15 SELECTs and OPERATEs: 495 bytes, and 525 of answers.
    expect(wireBytes(2 + RELAY_COMMAND_BYTES)).toBe(495 / 15);
    expect(wireBytes(4 + RELAY_COMMAND_BYTES)).toBe(525 / 15);
  });
});

describe('a DNP3 site', () => {
  it('writes no column that its logs lack', () => {
    for (const { log, row } of week.rows) {
      const known = findLogType(log)?.columns ?? {};
      const columns = Object.keys(row).filter(
        (column) => column !== 'ts' && column !== 'uid' && !column.startsWith('id.'),
      );
      expect(columns.filter((column) => !(column in known))).toEqual([]);
    }
  });

  it('polls each outstation for events at its period, whatever is polled for', () => {
    for (const outstation of hours.plant.dnp3?.outstations ?? []) {
      const reads = hours.rows.filter(
        (row) => text(row, 'fc_request') === 'READ' && text(row, 'id.resp_h') === outstation.address,
      );
      const intervals = reads
        .slice(1)
        .map((row, i) => number(row, 'ts') - number(reads[i] as typeof row, 'ts'));
      expect(median(intervals)).toBeCloseTo(outstation.pollPeriod / 1e6, 1);
    }
  });

  it('reads classes 1 to 3 again and again, and class 0 with them each so many polls', () => {
    const requested = groupBy(
      hours.rows.filter((row) => row.log === 'dnp3_objects' && row.row['is_orig'] === true),
      (row) => text(row, 'object_type'),
    );
    const count = (name: string) => requested.get(name)?.length ?? 0;
    expect([...requested.keys()].sort()).toEqual([
      'Class 0 Data',
      'Class 1 Data',
      'Class 2 Data',
      'Class 3 Data',
    ]);
    expect(count('Class 1 Data')).toBe(count('Class 3 Data'));
    expect(count('Class 0 Data')).toBeGreaterThan(0);
    expect(count('Class 0 Data')).toBeLessThan(count('Class 1 Data') / 20);
  });

  it('operates a relay only after its SELECT, or directly, as the outstation is set up', () => {
    for (const outstation of week.plant.dnp3?.outstations ?? []) {
      const commands = of('dnp3_control').filter(
        (row) => text(row, 'id.resp_h') === outstation.address && row.row['is_orig'] === true,
      );
      const functions = commands.map((row) => text(row, 'function_code'));
      expect(functions.length).toBeGreaterThan(20);
      if (outstation.direct) expect(new Set(functions)).toEqual(new Set(['DIRECT_OPERATE']));
      else
        commands.forEach((row, i) => {
          expect(text(row, 'function_code')).toBe(i % 2 === 0 ? 'SELECT' : 'OPERATE');
          if (i % 2 === 1)
            expect(text(row, 'index_number')).toBe(text(commands[i - 1] as typeof row, 'index_number'));
        });
    }
  });

  it('lets outstations report by themselves, confirmed, or wait for the poll', () => {
    for (const outstation of week.plant.dnp3?.outstations ?? []) {
      const own = week.rows.filter((row) => text(row, 'id.resp_h') === outstation.address);
      const reports = own.filter((row) => text(row, 'fc_reply') === 'UNSOLICITED_RESPONSE');
      const polled = own.filter((row) => /Change/.test(text(row, 'object_type')));
      expect(reports.length > 0).toBe(outstation.unsolicited);
      expect(polled.length > 0).toBe(!outstation.unsolicited);
    }
    const confirmed = of('dnp3').filter((row) => text(row, 'fc_request') === 'CONFIRM');
    expect(confirmed.length).toBeGreaterThan(0);
    expect(confirmed.every((row) => text(row, 'fc_reply') === 'UNSOLICITED_RESPONSE')).toBe(true);
  });

  it('begins each new connection by silencing, reading and setting the clock', () => {
    const started = groupBy(of('dnp3'), (row) => text(row, 'uid'));
    const opened = of('conn').filter(
      ({ row }) =>
        String(row['history']).startsWith('Sh') && row['id.orig_h'] === week.plant.dnp3?.master.address,
    );
    expect(opened.length).toBeGreaterThan(4);
    for (const conn of opened) {
      const first = (started.get(text(conn, 'uid')) ?? []).map((row) => text(row, 'fc_request')).slice(0, 5);
      expect(first.filter((name) => name !== '').slice(0, 4)).toEqual([
        'DISABLE_UNSOLICITED',
        'READ',
        'DELAY_MEASURE',
        'WRITE',
      ]);
    }
  });

  it('keeps its standby silent, and names it in the inventory', () => {
    const standby = week.plant.dnp3?.standby.address;
    expect(week.rows.some((row) => text(row, 'id.orig_h') === standby)).toBe(false);
  });

  it('fills logs that the product scores', () => {
    for (const log of new Set(week.rows.map((row) => row.log))) expect(scoredLogType(log)).toBeDefined();
  });
});
