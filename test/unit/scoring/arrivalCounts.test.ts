import { describe, expect, it } from 'vitest';
import {
  ArrivalCounts,
  arrivalCountsSchema,
  BUCKET_S,
  countedAfter,
} from '../../../src/scoring/arrivalCounts.js';

/** Seconds since the epoch at which a bucket begins. */
const at = (bucket: number) => bucket * BUCKET_S;

describe('counts of arrivals', () => {
  it('tells a document that was taken in from one that was not', () => {
    const counts = new ArrivalCounts(100, 5);
    counts.add('i a', at(100));
    counts.add('i b', at(101) - 0.1);
    counts.add('i c', at(101));
    expect([100, 101, 102].map((bucket) => counts.countOf(bucket))).toEqual([2, 1, 0]);
    expect(counts.holds('i a', 100)).toBe(true);
    expect(counts.holds('i c', 100)).toBe(false);
  });

  it('takes in what lacked, so that it is not found a second time', () => {
    const counts = new ArrivalCounts(100, 5);
    counts.add('i a', at(100));
    counts.settle({ bucket: 100, documents: 2, keys: ['i late'] });
    counts.settle({ bucket: 101, documents: 1, keys: ['i later'] });
    expect([100, 101].map((bucket) => counts.countOf(bucket))).toEqual([2, 1]);
    expect(['i a', 'i late'].map((key) => counts.holds(key, 100))).toEqual([true, true]);
    expect(counts.holds('i later', 101)).toBe(true);
  });

  it.each([1, 5, 10, 32, 600])('remembers all that it compares, %i s behind the newest', (behind) => {
    const counts = new ArrivalCounts(100, behind);
    let forgotten = 0;
    for (let second = 0; second < 3_000; second++) {
      counts.add(`i ${second}`, second);
      const until = second - behind;
      const first = counts.firstComparable(until) ?? Number.POSITIVE_INFINITY;
      for (let bucket = first; bucket < Math.floor(until / BUCKET_S); bucket++)
        if (counts.countOf(bucket) !== BUCKET_S) forgotten += 1;
    }
    expect(forgotten).toBe(0);
  });

  it('counts anew what is read again', () => {
    const counts = new ArrivalCounts(100, 5);
    for (const bucket of [100, 101, 102]) counts.add(`i ${bucket}`, at(bucket));
    counts.forgetSince(at(101) + 0.5);
    expect([100, 101, 102].map((bucket) => counts.countOf(bucket))).toEqual([1, 0, 0]);
    expect(counts.holds('i 102', 102)).toBe(false);
  });

  it('compares nothing up to an arrival of which no number is known', () => {
    const counts = new ArrivalCounts(100, 5);
    counts.restore(arrivalCountsSchema.parse(countedAfter('2026-01-01T00:00:01.999999999Z')));
    counts.add('i a', Date.parse('2026-01-01T00:00:01Z') / 1000);
    expect(counts.firstComparable(Date.parse('2026-01-01T00:00:09Z') / 1000)).toBe(
      Date.parse('2026-01-01T00:00:02Z') / 1000 / BUCKET_S,
    );
  });

  it('compares from the first whole stretch that it counted, and no further back than its window', () => {
    const counts = new ArrivalCounts(100, 5);
    expect(counts.firstComparable(at(100))).toBeUndefined();
    counts.add('i a', at(100) + BUCKET_S / 2);
    expect(counts.firstComparable(at(110))).toBe(101);
    expect(counts.firstComparable(5_000)).toBe(Math.floor(4_900 / BUCKET_S) + 1);
  });

  it('forgets what lies behind its window', () => {
    const counts = new ArrivalCounts(100, 5);
    for (let t = 0; t < 10_000; t += BUCKET_S) counts.add(`i ${t}`, t);
    expect(counts.state().counts.length).toBeLessThanOrEqual((100 + 5) / BUCKET_S + 4);
  });

  it('keeps numbers over a restart, and no names', () => {
    const [before, after] = [new ArrivalCounts(100, 5), new ArrivalCounts(100, 5)];
    before.add('i a', at(101));
    after.restore(arrivalCountsSchema.parse(JSON.parse(JSON.stringify(before.state()))));
    expect(after.countOf(101)).toBe(1);
    expect(after.holds('i a', 101)).toBe(false);
    expect(after.firstComparable(at(110))).toBe(before.firstComparable(at(110)));
  });

  it('forgets the names of the oldest where they are too many, and no number', () => {
    const counts = new ArrivalCounts(100, 5, 8);
    for (let i = 0; i < 12; i++) counts.add(`i ${i}`, at(100 + i));
    expect(counts.holds('i 0', 100)).toBe(false);
    expect(counts.holds('i 11', 111)).toBe(true);
    expect(counts.state().counts.every(([, count]) => count === 1)).toBe(true);
    expect(counts.state().counts.length).toBe(12);
  });
});
