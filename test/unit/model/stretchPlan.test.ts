import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsBaseline } from '../../../src/model/training/rowsBaseline.js';
import { stretchPlan, withinLimit } from '../../../src/model/training/stretchPlan.js';
import { train } from '../../../src/model/training/train.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, options } from '../../fixtures/smallModel.js';

describe('a sample of a group that has more rows than may be sampled', () => {
  it('takes one stretch an hour of a month, and longer spans where the limit allows under ten rows an hour', () => {
    expect(stretchPlan(744, 20_000)).toEqual({ rows: 26, seconds: 3_482 });
    expect(stretchPlan(744, 300)).toEqual({ rows: 10, seconds: 89_280 });
    expect(stretchPlan(1, 20_000)).toEqual({ rows: 80, seconds: 14 });
  });

  it('never gives more than the limit, whatever the spans', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 500 }),
        (lengths, limit) => {
          const stretches = lengths.map((length) => Array.from({ length }, (_, i) => i));
          const rows = withinLimit(stretches, limit).reduce((sum, { length }) => sum + length, 0);
          expect(rows).toBeLessThanOrEqual(limit);
          if (lengths.reduce((sum, length) => sum + length, 0) <= limit)
            expect(withinLimit(stretches, limit)).toBe(stretches);
        },
      ),
      { seed: 1 },
    );
  });

  it('leaves a fast relation its drift charts: the limit is minutes of it, and every hour is in the sample', async () => {
    const rows = Array.from({ length: 15 * 24 * 240 }, (_, i) =>
      record({ ts: FROM + i * 15, uid: `C${i}`, orig_bytes: 250 + (i % 5), resp_bytes: 500 }, 'conn'),
    );
    const result = await train(rowsBaseline(rows), {
      ...options,
      to: FROM + 15 * DAY,
      trees: 5,
      rowsPerKey: 4_000,
      acceptShortBaseline: true,
    });
    if ('refusal' in result) throw new Error('refused');
    const { drift, logs } = result.model.baseline;
    expect(logs['conn']?.sampled).toBeLessThanOrEqual(4_000);
    expect(Object.keys(drift).map((key) => key.split('|')[0])).toEqual([
      'interval',
      'origBytes',
      'respBytes',
    ]);
    expect(Object.values(drift).every(({ hours }) => hours > 300)).toBe(true);
  });
});
