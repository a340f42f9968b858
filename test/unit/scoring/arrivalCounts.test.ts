import { describe, expect, it } from 'vitest';
import { ArrivalCounts, arrivalCountsSchema, BUCKET_S } from '../../../src/scoring/arrivalCounts.js';

/** Seconds since the epoch at which a bucket begins. */
const at = (bucket: number) => bucket * BUCKET_S;

describe('counts of arrivals', () => {
  it('tells a document that was taken in from one that was not', () => {
    const counts = new ArrivalCounts(100);
    counts.add('i a', at(100));
    counts.add('i b', at(101) - 0.1);
    counts.add('i c', at(101));
    expect([100, 101, 102].map((bucket) => counts.countOf(bucket))).toEqual([2, 1, 0]);
    expect(counts.holds('i a', 100)).toBe(true);
    expect(counts.holds('i c', 100)).toBe(false);
    counts.settle(100, 3);
    expect(counts.countOf(100)).toBe(3);
    expect(counts.holds('i a', 100)).toBe(true);
  });

  it('compares from the first whole stretch that it counted, and no further back than its window', () => {
    const counts = new ArrivalCounts(100);
    expect(counts.firstComparable(at(100))).toBeUndefined();
    counts.add('i a', at(100) + BUCKET_S / 2);
    expect(counts.firstComparable(at(110))).toBe(101);
    expect(counts.firstComparable(5_000)).toBe(Math.floor(4_900 / BUCKET_S) + 1);
  });

  it('forgets what lies behind its window', () => {
    const counts = new ArrivalCounts(100);
    for (let t = 0; t < 10_000; t += BUCKET_S) counts.add(`i ${t}`, t);
    expect(counts.state().counts.length).toBeLessThanOrEqual(100 / BUCKET_S + 3);
  });

  it('keeps numbers over a restart, and no names', () => {
    const [before, after] = [new ArrivalCounts(100), new ArrivalCounts(100)];
    before.add('i a', at(101));
    after.restore(arrivalCountsSchema.parse(JSON.parse(JSON.stringify(before.state()))));
    expect(after.countOf(101)).toBe(1);
    expect(after.holds('i a', 101)).toBe(false);
    expect(after.firstComparable(at(110))).toBe(before.firstComparable(at(110)));
  });

  it('forgets the names of the oldest where they are too many, and no number', () => {
    const counts = new ArrivalCounts(100, 8);
    for (let i = 0; i < 12; i++) counts.add(`i ${i}`, at(100 + i));
    expect(counts.holds('i 0', 100)).toBe(false);
    expect(counts.holds('i 11', 111)).toBe(true);
    expect(counts.state().counts.every(([, count]) => count === 1)).toBe(true);
    expect(counts.state().counts.length).toBe(12);
  });
});
