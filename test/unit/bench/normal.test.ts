import { describe, expect, it } from 'vitest';
import { courseOf, normalByKey, quantile } from '../../../bench/detectors/normal.js';
import { record } from '../../fixtures/records.js';

/** A function that is read twice a cycle of a second; the recording pauses for an hour after each five cycles. */
const TWICE = Array.from({ length: 200 }, (_, i) =>
  record({ ts: Math.floor(i / 10) * 3_600 + Math.floor((i % 10) / 2) + (i % 2 === 1 ? 0.125 : 0) }),
);

describe('what is normal of a sequence', () => {
  const [normal] = [...normalByKey(TWICE, () => true).sequence.values()];
  const stretches = normal?.stretches ?? [];

  it('is its intervals in stretches, without the pauses between them', () => {
    expect(stretches).toHaveLength(20);
    expect(stretches.every((stretch) => stretch.length === 9)).toBe(true);
    expect(quantile(stretches.flat(), 0.9)).toBe(0.875);
  });

  it('comes in its order, so that a long interval follows a short one', () => {
    const next = courseOf(stretches, () => 0.5);
    expect(Array.from({ length: 9 }, next)).toEqual([
      0.125, 0.875, 0.125, 0.875, 0.125, 0.875, 0.125, 0.875, 0.125,
    ]);
  });
});
