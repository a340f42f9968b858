import { describe, expect, it } from 'vitest';
import { plantAssets } from '../../../src/simulator/assets.js';
import {
  ADDITIONS,
  buildPlant,
  type SensedRow,
  type SimulatedRow,
  simulatePlant,
  twoSensors,
} from '../../../src/simulator/index.js';
import { DAY, groupBy, HOUR, number, record, START, text } from './recorded.js';

const lines = (rows: readonly SimulatedRow[]) => rows.map((row) => JSON.stringify(row));
const week = (names: readonly string[], from = START, days = 7) =>
  record({ plcs: 3, with: names, from, seconds: days * DAY, observe: 1 });
const plain = week([]);

/** Additions that change how the plant's own relations go, or what the sensor sees of them. */
const CHANGING = new Set(['pipelining', 'capture-loss', 'failover', 'turnaround', 'slow-seasons']);

describe.each(ADDITIONS.map(({ name }) => name))('%s', (name) => {
  const { rows, labels, plant } = week([name], START + 5 * DAY);
  const without = record({ plcs: 3, from: START + 5 * DAY, seconds: 7 * DAY, observe: 1 });

  it('is normal: no label, and every pair that talks stands in the inventory', () => {
    expect(labels).toEqual([]);
    const assets = new Map(plantAssets(plant).map((asset) => [asset.address, asset.expected_partners]));
    const strangers = rows.filter((row) => {
      if (row.log === 'capture_loss') return false;
      const partners = assets.get(text(row, 'id.resp_h'))?.split(';') ?? [];
      return !partners.includes(text(row, 'id.orig_h'));
    });
    expect(strangers).toEqual([]);
  });

  it('comes in order and leaves the rest of the plant as it was', () => {
    expect(rows.filter((row, i) => row.writtenAt < (rows[i - 1]?.writtenAt ?? 0))).toEqual([]);
    if (CHANGING.has(name)) return expect(lines(rows)).not.toEqual(lines(without.rows));
    const all = new Set(lines(rows));
    expect(lines(without.rows).filter((line) => !all.has(line))).toEqual([]);
  });
});

describe('a serial gateway', () => {
  const { rows, plant } = week(['serial-gateway'], START, 1);
  const gateway = plantAssets(plant).find(({ name }) => name === 'GW-01')?.address;
  const own = rows.filter((row) => row.log === 'modbus' && text(row, 'id.resp_h') === gateway);

  it('has many units on one connection, asked one after the other', () => {
    const [connection = []] = [...groupBy(own, (row) => text(row, 'uid')).values()];
    expect(new Set(connection.map((row) => text(row, 'unit'))).size).toBeGreaterThanOrEqual(4);
    connection.slice(1).forEach((row, i) => {
      if (text(row, 'pdu_type') === 'RESP')
        expect(text(row, 'tid')).toBe(text(connection[i] as SimulatedRow, 'tid'));
    });
  });
});

describe('pipelining', () => {
  it('sends all requests of a cycle before the first answer', () => {
    const { rows, plant } = week(['pipelining'], START, 1);
    const plc = plant.plcs[1];
    const own = rows.filter(
      (row) =>
        row.log === 'modbus' &&
        text(row, 'id.orig_h') === plant.scada.address &&
        text(row, 'id.resp_h') === plc?.address,
    );
    const kinds = own.map((row) => (text(row, 'pdu_type') === 'REQ' ? 'q' : 'a')).join('');
    const reads = plc?.scadaReads.length ?? 0;
    const burst = `${'q'.repeat(reads)}${'a'.repeat(reads)}`;
    expect(kinds.split(burst).length).toBeGreaterThan(20);
  });
});

describe('capture loss', () => {
  const { rows } = week(['capture-loss']);

  it('is reported each quarter of an hour', () => {
    const reports = rows.filter(({ log }) => log === 'capture_loss');
    expect(reports.length).toBe(7 * 96 - 1);
    const lossy = reports.filter((row) => number(row, 'gaps') > 0);
    expect(lossy.length).toBeGreaterThan(7);
    expect(lossy.length).toBeLessThan(100);
    for (const row of reports) {
      const percent = (100 * number(row, 'gaps')) / number(row, 'acks');
      expect(number(row, 'percent_lost')).toBeCloseTo(percent, 3);
      expect(number(row, 'percent_lost')).toBeLessThan(41);
    }
  });

  it('takes messages away, and says of their connections what is missing', () => {
    const messages = (all: readonly SimulatedRow[]) => all.filter(({ log }) => log === 'modbus');
    const all = new Set(lines(messages(plain.rows)));
    expect(lines(messages(rows)).filter((line) => !all.has(line))).toEqual([]);
    expect(messages(rows).length).toBeLessThan(messages(plain.rows).length);
    const conns = rows.filter(({ log }) => log === 'conn');
    const missed = conns.filter((row) => number(row, 'missed_bytes') > 0);
    expect(missed.length).toBeGreaterThan(0);
    for (const row of missed)
      expect(number(row, 'missed_bytes')).toBeLessThan(number(row, 'orig_bytes') + number(row, 'resp_bytes'));
    expect(conns.length).toBe(plain.rows.filter(({ log }) => log === 'conn').length);
  });
});

describe('a standby master', () => {
  it('polls in the other’s place on the second Sunday, and only then', () => {
    // 11 January 2026.
    const sunday = START + 6 * DAY;
    const { rows, plant } = record({
      plcs: 3,
      with: ['failover'],
      from: sunday,
      seconds: 6 * HOUR,
      observe: 3600,
    });
    const messages = rows.filter(({ log }) => log === 'modbus');
    const hour = (row: SimulatedRow) => (number(row, 'ts') - sunday) / HOUR;
    const standby = messages.filter((row) => text(row, 'id.orig_h').endsWith('.20.11'));
    const master = messages.filter((row) => text(row, 'id.orig_h') === plant.scada.address);
    expect(standby.length).toBeGreaterThan(1_000);
    expect(standby.every((row) => hour(row) >= 2 && hour(row) < 2.75)).toBe(true);
    expect(master.some((row) => hour(row) > 2 && hour(row) < 2.75)).toBe(false);
    expect(master.some((row) => hour(row) > 3)).toBe(true);
  });
});

describe('a turnaround', () => {
  it('silences every other PLC for its days', () => {
    const { rows, plant } = week(['turnaround'], START + 4 * DAY, 8);
    const off = rows.filter(
      (row) =>
        text(row, 'id.resp_h') === plant.plcs[1]?.address &&
        text(row, 'id.orig_h') === plant.scada.address &&
        row.log === 'modbus',
    );
    const days = new Set(off.map((row) => new Date(number(row, 'ts') * 1000).getUTCDate()));
    expect([...days].sort((a, b) => a - b)).toEqual([9, 10, 14, 15, 16]);
  });
});

describe('a firmware day', () => {
  it('writes long and reads back, from the engineering workstation, on the 20th', () => {
    const { rows, plant } = week(['firmware-day'], START + 15 * DAY, 1);
    for (const { address } of plant.plcs) {
      const own = rows.filter(
        (row) => text(row, 'id.resp_h') === address && text(row, 'func') === 'WRITE_MULTIPLE_REGISTERS',
      );
      expect(own.length).toBeGreaterThanOrEqual(240);
      expect(own.every((row) => text(row, 'id.orig_h') === plant.engineering.address)).toBe(true);
    }
  });
});

describe('two sensors', () => {
  it('write each row twice, under other connection ids and a little later, in order', () => {
    const plant = buildPlant({ seed: 42, plcs: 2 });
    const options = { plant, from: START, to: START + HOUR, scenarios: [{ name: 'scan', at: START + 60 }] };
    const rows = twoSensors(simulatePlant(options), plant.key);
    const seen: SensedRow[] = [];
    let next = rows.next();
    for (; next.done !== true; next = rows.next()) seen.push(next.value);
    const [first, second] = [1, 2].map((sensor) => seen.filter((row) => row.sensor === sensor));
    expect(first?.length).toBe([...simulatePlant(options)].length);
    expect(second?.length).toBe(first?.length);
    expect(seen.filter((row, i) => row.writtenAt < (seen[i - 1]?.writtenAt ?? 0))).toEqual([]);
    for (const [i, row] of (second ?? []).entries()) {
      const same = first?.[i] as SimulatedRow;
      expect(text(row, 'uid')).not.toBe(text(same, 'uid'));
      expect(number(row, 'ts') - number(same, 'ts')).toBeCloseTo(0.00013, 6);
      expect({ ...row.row, ts: 0, uid: '' }).toEqual({ ...same.row, ts: 0, uid: '' });
    }
    const uids = new Set(seen.map((row) => text(row, 'uid')));
    expect(next.value[0]?.uids.length).toBe(508);
    expect(next.value[0]?.uids.every((uid) => uids.has(uid))).toBe(true);
  });
});

describe('an addition that cannot be', () => {
  it('is refused by its name, and for a plant that does not speak its protocol', () => {
    expect(() => buildPlant({ seed: 1, plcs: 2, with: ['ghosts'] })).toThrow(/can't be had with ghosts/);
    expect(() => buildPlant({ seed: 1, plcs: 2, protocols: ['dnp3'], with: ['failover'] })).toThrow(
      /failover is part of a plant that speaks modbus/,
    );
  });
});
