import { expect, it } from 'vitest';
import { pauseAfter } from '../../../src/app/followArrivals.js';

it('polls at the time given, and after a long poll pauses as long, but no longer than from poll to poll', () => {
  expect(pauseAfter(30, 250)).toBe(220);
  expect(pauseAfter(200, 250)).toBe(200);
  expect(pauseAfter(600_000, 250)).toBe(250);
});

it('pauses no longer when the clock is set back during a poll', () => {
  expect(pauseAfter(-3_600_000, 250)).toBe(250);
});
