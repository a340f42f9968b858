import { describe, expect, it } from 'vitest';
import type { SensorTelling } from '../../../src/sensor/condition.js';
import { SensorHealth } from '../../../src/sensor/sensorHealth.js';
import { toSensorSign } from '../../../src/sensor/sensorSign.js';
import { WINDOW_S } from '../../../src/sensor/tally.js';
import { ADDITIONS, type SimulatedRow } from '../../../src/simulator/index.js';
import { DAY, number, record, START } from '../simulator/recorded.js';

const DAYS = 7;
/** Zeek's rows are in Elasticsearch about a second after they were written. */
const DELAY_S = 1;

function week(names: readonly string[]): readonly SimulatedRow[] {
  return record({ plcs: 3, with: names, from: START, seconds: DAYS * DAY, observe: 1 }).rows;
}

/** What a scorer that follows tells of the one sensor that wrote these rows. */
function toldOf(rows: readonly SimulatedRow[]): readonly SensorTelling[] {
  const health = new SensorHealth();
  const signs = rows.map(({ log, row, writtenAt }) =>
    toSensorSign({ log, sensor: 'north', columns: row }, writtenAt + DELAY_S),
  );
  return [...health.take(signs), ...health.advance(START + DAYS * DAY)];
}

describe('a simulated week of a plant', () => {
  it('tells nothing of its sensor', () => {
    expect(toldOf(week([]))).toEqual([]);
  });

  it.each(ADDITIONS.map(({ name }) => name).filter((name) => name !== 'capture-loss'))(
    'with %s tells nothing of its sensor',
    (name) => {
      expect(toldOf(week([name]))).toEqual([]);
    },
  );

  it('with losses tells of each once, when capture_loss has reported it, and of their end', () => {
    const rows = week(['capture-loss']);
    const reports = rows
      .filter(({ log }) => log === 'capture_loss')
      .map(({ row, writtenAt }) => ({
        at: writtenAt,
        lossy: number({ row } as SimulatedRow, 'percent_lost') > 1,
      }));
    const begins = reports.filter(({ lossy }, i) => lossy && reports[i - 1]?.lossy !== true);
    const told = toldOf(rows).filter(({ kind }) => kind === 'capture_loss');
    const began = told.filter(({ what }) => what === 'began');
    expect(begins.length).toBeGreaterThan(3);
    expect(began.length).toBe(begins.length);
    for (const [i, { at }] of began.entries()) {
      const delay = at - (begins[i]?.at ?? 0);
      expect(delay).toBeGreaterThan(0);
      expect(delay).toBeLessThanOrEqual(WINDOW_S + 11);
    }
    const ended = told.filter(({ what }) => what === 'ended');
    expect(began.length - ended.length).toBeLessThanOrEqual(1);
  });
});
