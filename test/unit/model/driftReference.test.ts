import { describe, expect, it } from 'vitest';
import { wanderingMean } from '../../../src/adversarial/noise.js';
import type { OtRecord } from '../../../src/features/otRecord.js';
import { ALERT_LINE } from '../../../src/model/artifact.js';
import { drift } from '../../../src/model/detectors/charts/drift.js';
import { driftReference, type Hour } from '../../../src/model/drift/reference.js';
import { Known } from '../../../src/model/known.js';
import { childKey, rootKey } from '../../../src/simulator/random.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

const HOURS = 720;
const SERIES = 20;

/** The mean limit over some series whose hourly mean wanders for so many hours, seen in every n-th hour. */
function limitOf(correlationHours: number, everyHours: number): number {
  const limits = Array.from({ length: SERIES }, (_, i) => {
    const mean = wanderingMean(
      childKey(rootKey(1), 'series', i),
      { sigma: 20, wander: 6, correlationHours },
      HOURS,
    );
    const hours = Array.from(
      { length: HOURS },
      (_, hour): Hour => ({ hour, mean: 250 + mean(hour + 0.5), n: 100 }),
    );
    return driftReference(hours.filter(({ hour }) => hour % everyHours === 0))?.limit ?? 0;
  });
  return limits.reduce((sum, limit) => sum + limit, 0) / SERIES;
}

describe('the limit of a drift chart', () => {
  it('grows with the hours over which the mean keeps its deviation', () => {
    expect(limitOf(2, 1)).toBeLessThan(limitOf(6, 1));
    expect(limitOf(6, 1)).toBeLessThan(limitOf(24, 1));
  });

  it('is about as high where only every eighth hour was seen, and never the one of a mean that keeps nothing', () => {
    for (const correlationHours of [2, 12]) {
      const [seen, gaps] = [limitOf(correlationHours, 1), limitOf(correlationHours, 8)];
      expect(gaps).toBeGreaterThan(4.5);
      expect(gaps / seen).toBeGreaterThan(0.65);
      expect(gaps / seen).toBeLessThan(1.35);
    }
  });
});

describe('connections that carried nothing', () => {
  /** Eight connections an hour, of which the first carries nothing in the hours that are named. */
  const rows = (from: number, hours: number, emptyIn: readonly number[]) =>
    Array.from({ length: hours * 8 }, (_, i) => {
      const hour = Math.floor(i / 8);
      const isEmpty = i % 8 === 0 && emptyIn.includes(hour);
      const bytes = isEmpty ? { orig_bytes: 0, resp_bytes: 0 } : { orig_bytes: 12, resp_bytes: 129 };
      return record({ ts: from + hour * 3600 + (i % 8) * 60, uid: `C${from}-${i}`, ...bytes }, 'conn');
    });

  it('move no mean: two of them in hours that follow each other are no drift, another size in all of them is', async () => {
    const to = FROM + 31 * DAY;
    const model = await trainOn(rows(FROM, 31 * 24, []), { trees: 5, rowsPerKey: 20_000 });
    const latched = (of: readonly OtRecord[]) => {
      const chart = drift(model, new Known(model.baseline));
      return of.some((row) => (chart.judge({ record: row, interval: undefined })?.score ?? 0.5) < ALERT_LINE);
    };
    expect(Object.keys(model.baseline.drift).length).toBeGreaterThan(0);
    expect(latched(rows(to, 12, [3, 4]))).toBe(false);
    expect(latched(rows(to, 12, []).map((row) => ({ ...row, origBytes: 13 })))).toBe(true);
  });
});
