import { describe, expect, it } from 'vitest';
import { hasHour, hourOfWeek } from '../../../src/model/hoursOfWeek.js';
import { HourBits } from '../../../src/model/training/hourBits.js';
import { presenceHabit, presenceHabits, presenceOf } from '../../../src/model/training/presence.js';
import { rowsBaseline } from '../../../src/model/training/rowsBaseline.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM } from '../../fixtures/smallModel.js';

const HOUR = 3600;
const FIRST = Math.floor(FROM / HOUR);

/** Five weeks in which an engineer sees one of ten PLCs on each working day, at an hour that is another each time, and a master polls. */
function habits(alsoAt: readonly number[] = []) {
  const present = { source: new HourBits(FROM), port: new HourBits(FROM) };
  const add = (source: string, plc: number, hour: number) => {
    present.source.add(source, hour);
    present.port.add(`${source}|10.0.1.${plc}|502|modbus`, hour);
  };
  for (let day = 0; day < 35; day++) {
    for (let hour = 0; hour < 24; hour++) add('master', 1, FIRST + 24 * day + hour);
    const weekday = new Date((FROM + day * DAY) * 1000).getUTCDay();
    if (weekday !== 0 && weekday !== 6) add('engineer', day % 10, FIRST + 24 * day + 8 + ((day * 5) % 9));
  }
  for (const hour of alsoAt) add('engineer', 3, FIRST + hour);
  return presenceHabits(present);
}

const isUsual = (hex: string | undefined, hour: number) => hasHour(BigInt(`0x${hex}`), hourOfWeek(hour));

describe('hours of the week', () => {
  it('are a habit of the source: a device that was never visited at this hour by day is nobody’s alarm, a Sunday night is', () => {
    const found = habits();
    expect(Object.keys(found)).toEqual(['engineer']);
    // FROM is a Thursday; Tuesday at noon, and Sunday at three.
    const tuesday = FIRST + 24 * 5 + 12;
    const sunday = FIRST + 24 * 3 + 3;
    expect([isUsual(found['engineer'], tuesday), isUsual(found['engineer'], sunday)]).toEqual([true, false]);
  });

  it('are nobody’s where the visits come at any hour', () => {
    expect(habits(Array.from({ length: 35 }, (_, i) => 24 * i + ((i * 7) % 24)))['engineer']).toBeUndefined();
  });
});

describe('a habit of the week', () => {
  // FROM is a Thursday: the first whole week begins four days later.
  const monday = FIRST + 4 * 24;
  /** Five weeks with three hours each Wednesday, and in some of the weeks one hour more. */
  const weeks = (inWeeks: readonly number[], dayOfWeek: number, hourOfDay: number) => [
    ...[0, 1, 2, 3, 4].flatMap((week) => [9, 10, 11].map((hour) => monday + 168 * week + 48 + hour)),
    ...inWeeks.map((week) => monday + 168 * week + 24 * dayOfWeek + hourOfDay),
  ];
  const friday = monday + 4 * 24;
  const isIn = (hours: readonly number[], hour: number) =>
    hasHour(presenceHabit(hours) ?? 0n, hourOfWeek(hour));

  it('is as narrow as weeks that are all alike', () => {
    expect(isIn(weeks([], 0, 0), monday + 48 + 13)).toBe(true);
    expect(isIn(weeks([], 0, 0), friday + 10)).toBe(false);
  });

  it('is wider where an hour was seen in two weeks only: either without the other would be outside', () => {
    const twice = weeks([1, 3], 4, 10);
    expect(isIn(twice, friday + 13)).toBe(true);
    expect(isIn(twice, monday + 10)).toBe(true);
    expect(isIn(twice, monday + 3)).toBe(false);
    const thrice = weeks([1, 2, 3], 4, 10);
    expect(isIn(thrice, friday + 12)).toBe(true);
    expect(isIn(thrice, monday + 10)).toBe(false);
  });

  it('is none where no width covers such hours', () => {
    expect(presenceHabit(weeks([1, 3], 6, 22))).toBeUndefined();
    expect(presenceHabit(weeks([1, 2, 3], 6, 22))).toBeDefined();
  });

  it('is asked of relations only where the source is there at most hours', () => {
    const relation = (source: string) => `${source}|10.0.1.1|502|modbus`;
    const of = (hours: readonly number[]) => {
      const present = { source: new HourBits(FROM), port: new HourBits(FROM) };
      for (const hour of hours) present.source.add('host', hour);
      for (const hour of weeks([], 0, 0)) {
        present.source.add('host', hour);
        present.port.add(relation('host'), hour);
      }
      return Object.keys(presenceHabits(present));
    };
    expect(of(Array.from({ length: 35 * 24 }, (_, i) => monday + i))).toEqual([relation('host')]);
    expect(of([monday + 22, monday + 168 + 24 + 3])).toEqual([]);
    expect(of([])).toEqual(['host']);
  });
});

describe('the 24 days that the gate learns habits of', () => {
  it.each([0, 1, 2, 3, 4, 5, 6])(
    'show a habit of working days, begun on any day of the week (%i)',
    async (day) => {
      const from = FROM + day * DAY;
      const rows = Array.from({ length: 24 }, (_, i) => from + i * DAY)
        .filter((ts) => ![0, 6].includes(new Date(ts * 1000).getUTCDay()))
        .flatMap((ts) => [8, 9, 10, 11].map((hour) => record({ ts: ts + hour * 3600 })));
      expect(Object.keys(await presenceOf(rowsBaseline(rows), from))).toEqual(['10.0.0.1']);
    },
  );
});
