import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WriteBehind } from '../../../src/app/writeBehind.js';

describe('writing behind', () => {
  it('writes everything in order, in fewer batches than it was given, and lets only so much gather', async () => {
    const batches: (readonly number[])[] = [];
    const writer = new WriteBehind<number>(async (batch) => {
      await sleep(1);
      batches.push(batch);
    }, 20);
    for (let n = 0; n < 100; n++) await writer.add([n]);
    await writer.end();
    expect(batches.flat()).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(batches.length).toBeLessThan(20);
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(21);
  });

  it('throws what failed at the next call', async () => {
    const writer = new WriteBehind<number>(() => Promise.reject(new Error('full')), 1);
    await writer.add([1]);
    await expect(writer.end()).rejects.toThrow('full');
  });
});
