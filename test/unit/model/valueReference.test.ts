import { describe, expect, it } from 'vitest';
import { driftCoverage } from '../../../src/adversarial/drift/coverage.js';
import { chartHours } from '../../../src/adversarial/drift/hourlyDrift.js';
import type { OtRecord } from '../../../src/features/otRecord.js';
import { ALERT_LINE } from '../../../src/model/artifact.js';
import { valueReference } from '../../../src/model/drift/valueReference.js';
import { Scorer } from '../../../src/model/scorer.js';
import { generator, rootKey, uniform } from '../../../src/simulator/random.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

const HOURS_BETWEEN = 8;

/** A set point that operators write about three times a day, within 5 % of 1,000, and what else is added to it. */
function setPoints(from: number, days: number, seed: number, added = (_hour: number) => 0): OtRecord[] {
  const random = generator(rootKey(seed));
  return Array.from({ length: (days * 24) / HOURS_BETWEEN }, (_, i) => {
    const hour = (i + uniform(random)) * HOURS_BETWEEN;
    const value = Math.round(1_000 * (0.95 + 0.1 * uniform(random)) + added(hour));
    const columns = { func: 'WRITE_SINGLE_REGISTER', address: 40, quantity: 1, request_values: [value] };
    return record({ ts: from + hour * 3600, uid: `C${i}`, ...columns }, 'modbus_detailed');
  });
}

describe('a set point that is written too seldom for hourly means', async () => {
  const model = await trainOn(setPoints(FROM, 31, 1), { trees: 5 });
  const score = (rows: readonly OtRecord[]) => {
    const scorer = new Scorer(model);
    return rows.map((row) =>
      scorer
        .score({ record: row, interval: undefined })
        .parts.find(({ detector, score: lowest }) => detector === 'drift' && lowest < ALERT_LINE),
    );
  };

  it('has a chart of its values one by one', () => {
    expect(Object.values(model.baseline.drift)).toMatchObject([{ each: 'value', hours: 93 }]);
  });

  it('is found within four days when it creeps by 80 % in a week, up or down, and says so', () => {
    for (const direction of [1, -1]) {
      const rows = setPoints(FROM + 32 * DAY, 7, 2, (hour) => (direction * 800 * hour) / 168);
      const parts = score(rows);
      const first = parts.findIndex((part) => part !== undefined);
      expect(first).toBeGreaterThan(0);
      expect((rows[first]?.ts ?? 0) - (FROM + 32 * DAY)).toBeLessThan(4 * DAY);
      expect(parts[first]?.evidence[0]?.text).toMatch(/the last .* in 93 writes of baseline/);
      expect(parts.slice(first).every((part) => part !== undefined)).toBe(true);
    }
  });

  it('draws no alarm in two years of writes as they were, nor by one odd write', () => {
    expect(score(setPoints(FROM + 32 * DAY, 730, 3)).filter((part) => part !== undefined)).toEqual([]);
    const odd = setPoints(FROM + 32 * DAY, 7, 4, (hour) => (hour > 80 && hour < 88 ? 5_000 : 0));
    expect(score(odd).filter((part) => part !== undefined)).toEqual([]);
  });

  it('is what the gate calls covered; a model without such charts has its set points logged and not covered', () => {
    const floors = { drift_strict_rate: 0.9, drift_first_detection_day: 5 };
    const written = (of: typeof model) =>
      driftCoverage(of, floors, rootKey(1)).find(({ feature }) => feature === 'writtenValue');
    expect(written(model)).toMatchObject({ series: 1, charted: 1, covered: 1, status: 'covered' });
    const without = { ...model, baseline: { ...model.baseline, drift: {} } };
    expect(written(without)).toMatchObject({ series: 1, charted: 0, status: 'not-covered' });
  });

  it('has none with fewer than thirty writes', () => {
    expect(
      valueReference(
        Array.from({ length: 29 }, () => 1),
        700,
      ),
    ).toBeUndefined();
    const reference = valueReference(
      Array.from({ length: 30 }, () => 1),
      700,
    );
    expect(reference).toMatchObject({ mean: 1, sd: 0.005, hours: 30 });
    if (reference !== undefined) expect(chartHours(reference, 1_000, () => 1)).not.toContain(true);
  });
});
