import { describe, expect, it } from 'vitest';
import { pooledCutOff } from '../../../src/model/training/pooledCutOff.js';

const steady = { bins: Array.from({ length: 20_000 }, (_, i) => 100 + (i % 3)), isJudged: false };
const short = (shift: number) => ({
  bins: Array.from({ length: 60 }, (_, i) => 100 + (i % 2) * shift),
  isJudged: true,
});

describe('the cut-off of a pool', () => {
  it('is the most sensitive where the short sequences keep the rhythm that the others show', () => {
    expect(pooledCutOff([steady, ...Array.from({ length: 10 }, () => short(1))])).toBe(3);
  });

  it('is none where each short sequence has a rhythm of its own, however steady the rest of the pool is', () => {
    expect(pooledCutOff([steady, ...Array.from({ length: 10 }, (_, i) => short(20 + 5 * i))])).toBeNull();
  });

  it('is none where the pool speaks for nobody', () => {
    expect(pooledCutOff([steady])).toBeNull();
  });
});
