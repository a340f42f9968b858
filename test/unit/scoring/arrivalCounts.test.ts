import { describe, expect, it } from 'vitest';
import { ArrivalCounts, arrivalCountsSchema } from '../../../src/scoring/arrivalCounts.js';

describe('counts of arrivals', () => {
  it('tells a document that was taken in from one that was not', () => {
    const counts = new ArrivalCounts(100);
    counts.add('i a', 1_000);
    counts.add('i b', 1_009.9);
    counts.add('i c', 1_010);
    expect([100, 101, 102].map((bucket) => counts.countOf(bucket))).toEqual([2, 1, 0]);
    expect(counts.holds('i a', 100)).toBe(true);
    expect(counts.holds('i c', 100)).toBe(false);
    counts.settle(100, 3);
    expect(counts.countOf(100)).toBe(3);
    expect(counts.holds('i a', 100)).toBe(true);
  });

  it('compares from the first whole stretch that it counted, and no further back than its window', () => {
    const counts = new ArrivalCounts(100);
    expect(counts.firstComparable(1_000)).toBeUndefined();
    counts.add('i a', 1_005);
    expect(counts.firstComparable(1_050)).toBe(101);
    expect(counts.firstComparable(5_000)).toBe(491);
  });

  it('forgets what lies behind its window', () => {
    const counts = new ArrivalCounts(100);
    for (let t = 0; t < 10_000; t += 10) counts.add(`i ${t}`, t);
    expect(counts.state().counts.length).toBeLessThanOrEqual(13);
  });

  it('keeps numbers over a restart, and no names', () => {
    const [before, after] = [new ArrivalCounts(100), new ArrivalCounts(100)];
    before.add('i a', 1_015);
    after.restore(arrivalCountsSchema.parse(JSON.parse(JSON.stringify(before.state()))));
    expect(after.countOf(101)).toBe(1);
    expect(after.holds('i a', 101)).toBe(false);
    expect(after.firstComparable(1_050)).toBe(before.firstComparable(1_050));
  });
});
