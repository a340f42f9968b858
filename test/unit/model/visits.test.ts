import { describe, expect, it } from 'vitest';
import { buildHistograms } from '../../../src/model/training/sampledRows.js';
import { changesWithVisits } from '../../../src/model/training/visits.js';
import { record } from '../../fixtures/records.js';

const DAYS = 30;
const START = 20_000 * 24;

/** An hour's sitting every other day, of so many requests at the intervals given, one for each visit. */
function visits(intervals: (visit: number) => number, hours = 1, requests = 120) {
  return Array.from({ length: DAYS / 2 }, (_, visit) =>
    Array.from({ length: requests }, (_, i) => ({
      value: intervals(visit) * (1 + 0.01 * ((i % 5) - 2)),
      hour: START + 48 * visit + Math.floor((i * hours) / requests),
    })),
  ).flat();
}

describe('visits', () => {
  const other = (visit: number) => [1, 1.3, 1.7, 2.2][visit % 4] ?? 1;

  it('change where each has a rhythm of its own, not where all have one', () => {
    expect(changesWithVisits(visits(other), DAYS)).toBe(true);
    expect(
      changesWithVisits(
        visits(() => 1.5),
        DAYS,
      ),
    ).toBe(false);
  });

  it('may go wrong on a day', () => {
    const oneOff = (visit: number) => (visit === 7 ? 4 : 1.5);
    expect(changesWithVisits(visits(oneOff), DAYS)).toBe(false);
    expect(
      changesWithVisits(
        visits((visit) => (visit % 7 === 0 ? 4 : 1.5)),
        DAYS,
      ),
    ).toBe(true);
  });

  it('are none of whoever is there at a third of the hours', () => {
    expect(changesWithVisits(visits(other, 15), DAYS)).toBe(true);
    expect(changesWithVisits(visits(other, 16), DAYS)).toBe(false);
  });

  it('of a few requests each tell no day’s usual interval', () => {
    expect(changesWithVisits(visits(other, 1, 19), DAYS)).toBe(false);
    expect(changesWithVisits([], DAYS)).toBe(false);
  });

  it.each<[string, (visit: number) => number, string]>([
    ['change: no rhythm is learnt', other, 'aperiodic'],
    ['are alike: theirs is', () => 1.5, 'own'],
  ])('that %s', (_, intervals, sight) => {
    const rows = visits(intervals).map(({ value, hour }, i) => ({
      record: record({ ts: hour * 3_600 + i }),
      interval: value,
      weight: 1,
    }));
    expect(Object.values(buildHistograms(rows).intervals)[0]?.sight).toBe(sight);
  });
});
