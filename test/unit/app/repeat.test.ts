import { expect, it } from 'vitest';
import { repeat } from '../../../src/app/repeat.js';

it('acts at once, again after each pause, and no more once the signal came', async () => {
  const stop = new AbortController();
  let times = 0;
  await repeat(1, stop.signal, async () => {
    times += 1;
    if (times === 3) stop.abort();
  });
  expect(times).toBe(3);
  await repeat(1, stop.signal, async () => {
    times += 1;
  });
  expect(times).toBe(3);
});

it('is woken from a long pause by the signal, and ended by what the act throws', async () => {
  const stop = new AbortController();
  const waiting = repeat(3_600_000, stop.signal, async () => {});
  setImmediate(() => stop.abort());
  await waiting;
  await expect(
    repeat(1, new AbortController().signal, async () => {
      throw new Error('away');
    }),
  ).rejects.toThrow('away');
});
