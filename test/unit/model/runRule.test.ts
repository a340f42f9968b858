import { describe, expect, it } from 'vitest';
import { addInterval, hits, type Run } from '../../../src/model/runRule.js';

/** A function that is read twice a cycle: 0.05 s between the two, 0.6 s to the next cycle. */
const isOdd = (interval: number) => ![0.05, 0.6].some((usual) => Math.abs(interval - usual) < 0.02);

/** How many of the last ten intervals hit. */
function hitsOf(intervals: readonly number[]): number {
  const none: Run = { bits: 0 };
  return hits(intervals.reduce((run, value) => addInterval(run, value, isOdd(value), isOdd), none).bits);
}

describe('a late request of a function that is read twice a cycle', () => {
  it('is one odd thing, though the cycle after it is shorter', () => {
    expect(hitsOf([0.05, 0.6, 0.05, 0.71, 0.05, 0.49, 0.05, 0.6])).toBe(1);
    expect(hitsOf([0.05, 0.71, 0.05, 0.49, 0.05, 0.72, 0.05, 0.48, 0.05, 0.6])).toBe(2);
  });

  it('is made up for once: a second short cycle is odd', () => {
    expect(hitsOf([0.05, 0.71, 0.05, 0.49, 0.05, 0.49])).toBe(2);
  });

  it('is not made up for three intervals later', () => {
    expect(hitsOf([0.71, 0.05, 0.05, 0.49])).toBe(2);
  });
});

describe('another rhythm of it', () => {
  it('is odd each cycle', () => {
    expect(hitsOf([0.05, 0.36, 0.05, 0.36, 0.05, 0.36, 0.05, 0.36])).toBe(4);
  });

  it('and a second client between the cycles twice', () => {
    expect(hitsOf([0.05, 0.3, 0.25, 0.05, 0.3, 0.25, 0.05, 0.3, 0.25])).toBe(6);
  });
});
