import { describe, expect, it } from 'vitest';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

describe('a window that begins long before its data', () => {
  it('leaves what is there each day its rhythm', async () => {
    const polls = Array.from({ length: 31 * 24 * 40 }, (_, i) =>
      record({ ts: FROM + i * 90 + (i % 7) * 0.3, uid: 'C1' }),
    );
    const learnt = async (daysBefore: number) => {
      const changed = { from: FROM - daysBefore * DAY, compare: false, rowsPerKey: 20_000, trees: 2 };
      const { baseline } = await trainOn(polls, changed);
      return { intervals: baseline.intervals, surprise: Object.keys(baseline.surprise) };
    };
    const [own, early] = [await learnt(0), await learnt(120)];
    expect(Object.values(own.intervals).map(({ sight }) => sight)).toEqual(['own']);
    expect(Object.values(early.intervals).map(({ sight, runCutOff }) => [sight, runCutOff])).toEqual(
      Object.values(own.intervals).map(({ sight, runCutOff }) => [sight, runCutOff]),
    );
    expect(early.surprise).toEqual(own.surprise);
    expect(early.surprise.length).toBe(1);
  }, 120_000);
});
