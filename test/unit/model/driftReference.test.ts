import { describe, expect, it } from 'vitest';
import { wanderingMean } from '../../../src/adversarial/noise.js';
import { driftReference, type Hour } from '../../../src/model/drift/reference.js';
import { childKey, rootKey } from '../../../src/simulator/random.js';

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
