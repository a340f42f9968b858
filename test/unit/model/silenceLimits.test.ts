import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OtRecord } from '../../../src/features/otRecord.js';
import { relationKey } from '../../../src/features/relation.js';
import { partsOfHours } from '../../../src/model/training/partsOfHour.js';
import { rowsBaseline } from '../../../src/model/training/rowsBaseline.js';
import { SilenceLimits } from '../../../src/model/training/silenceLimits.js';
import { SilenceWatch } from '../../../src/scoring/silenceWatch.js';
import { record } from '../../fixtures/records.js';
import { FROM } from '../../fixtures/smallModel.js';

const HOUR = 3600;
const MINUTE = 60;
const HOURS = 48;
const CLOCK = '10.0.0.9';
const spoken = (ts: number) => record({ ts, 'id.resp_h': '10.0.0.2' });
const relation = relationKey(spoken(FROM));

/** Another relation's row each minute but in the minutes left out: the sensor's clock, and proof that it sees. */
const clock = (from: number, hours: number, without: (minute: number) => boolean = () => false) =>
  Array.from({ length: hours * 60 }, (_, minute) => minute)
    .filter((minute) => !without(minute))
    .map((minute) => record({ ts: from + minute * MINUTE, 'id.resp_h': CLOCK }));

/** So many rows a second apart, begun at these minutes of every hour. */
const bursts = (minutes: readonly number[], rows: number, from = FROM, hours = HOURS) =>
  Array.from({ length: hours }, (_, hour) => hour * HOUR)
    .flatMap((hour) => minutes.map((minute) => from + hour + minute * MINUTE))
    .flatMap((at) => Array.from({ length: rows }, (_, i) => spoken(at + i)));

async function limitsOf(rows: readonly OtRecord[]): Promise<Record<string, number>> {
  const limits = new SilenceLimits(FROM);
  const source = rowsBaseline(rows);
  for await (const count of source.hourCounts()) limits.add(count);
  const hours = [...new Set(rows.map(({ ts }) => Math.floor(ts / HOUR)))].sort((a, b) => a - b);
  return limits.limits(hours, (group) => source.parts(group));
}

/** What is told of the relation, seconds after its last row. */
function told(limits: Readonly<Record<string, number>>, rows: readonly OtRecord[]): readonly number[] {
  const watch = new SilenceWatch({ [relation]: limits[relation] ?? Number.NaN });
  let last = 0;
  return [...rows]
    .sort((a, b) => a.ts - b.ts)
    .flatMap((row) => {
      watch.see(row);
      if (relationKey(row) === relation) last = row.ts;
      return watch.overdue(row.sensor, row.ts, () => false).map(() => row.ts - last);
    });
}

describe('how long a relation may be silent', () => {
  it('is longer than any pause of a baseline in which each hour is alike, however many rows its bursts have', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 50 }),
        async (minutes, rows) => {
          const limits = await limitsOf([...clock(FROM, HOURS), ...bursts(minutes, rows)]);
          const next = FROM + HOURS * HOUR;
          expect(told(limits, [...clock(next, 6), ...bursts(minutes, rows, next, 6)])).toEqual([]);
        },
      ),
      { seed: 1, numRuns: 40 },
    ));

  it('is two hours for one burst an hour, also where that lies astride the hour', async () => {
    const next = FROM + HOURS * HOUR;
    for (const minute of [5, 59.75]) {
      const limits = await limitsOf([...clock(FROM, HOURS), ...bursts([minute], 30)]);
      const [after, ...others] = told(limits, [...clock(next, 6), ...bursts([minute], 30, next, 1)]);
      expect(others).toEqual([]);
      expect(after).toBeGreaterThan(HOUR);
      expect(after).toBeLessThan(2 * HOUR + 2 * MINUTE);
    }
  });

  it('is ten minutes for one that is polled each second, also beside a burst an hour', async () => {
    const limits = new SilenceLimits(FROM);
    const hours = Array.from({ length: HOURS }, (_, i) => FROM / HOUR + i);
    const burst = record({ ts: 0, 'id.resp_h': CLOCK });
    for (const hour of hours) {
      limits.add({ record: spoken(0), hour, rows: 3_600 });
      limits.add({ record: burst, hour, rows: 30 });
    }
    const found = await limits.limits(hours, async ({ example }) =>
      example.destination === CLOCK ? hours.map((hour) => 12 * hour) : partsOfHours(hours),
    );
    expect(found).toEqual({ [relation]: 600, [relationKey(burst)]: 2 * HOUR });
  });

  it('does not count what lies before a capture that begins amid an hour, or after one that ends so', async () => {
    const cut = (rows: readonly OtRecord[]) =>
      rows.filter(({ ts }) => ts >= FROM + 40 * MINUTE && ts < FROM + (HOURS - 1) * HOUR + 20 * MINUTE);
    const polled = clock(FROM, HOURS).map(({ ts }) => spoken(ts));
    const rows = HOURS * 60 - 80;
    const twentyPeriods = Math.ceil((20 * HOUR) / (rows / HOURS));
    expect((await limitsOf(cut([...clock(FROM, HOURS), ...polled])))[relation]).toBe(twentyPeriods);
  });

  it('is twice a pause that the baseline had', async () => {
    const isAway = (minute: number) => minute >= 20 * 60 + 10 && minute < 20 * 60 + 40;
    const polled = clock(FROM, HOURS, isAway).map(({ ts }) => spoken(ts));
    expect((await limitsOf([...clock(FROM, HOURS), ...polled]))[relation]).toBe(2 * 35 * MINUTE);
  });
});
