import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RememberedScores } from '../../../src/model/forest/rememberedScores.js';

const sum = (row: Float64Array) => row.reduce((total, value) => total + value, 0);
const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(-0, Number.NaN, Infinity, 0.1, 1e5));

describe('remembered scores', () => {
  it('are those of the row itself, whatever came before and however little is remembered', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value, value), { maxLength: 300 }),
        fc.integer({ min: 2, max: 50 }),
        (rows, capacity) => {
          const scores = new RememberedScores(sum, 3, capacity);
          for (const row of rows)
            expect(scores.score(Float64Array.from(row))).toBe(sum(Float64Array.from(row)));
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });

  it('tell 0 from −0, since a score may', () => {
    const scores = new RememberedScores((row) => 1 / (row[0] ?? 1), 1, 8);
    expect(scores.score(Float64Array.of(0))).toBe(Infinity);
    expect(scores.score(Float64Array.of(-0))).toBe(-Infinity);
  });

  it('work a row out once while it keeps coming back, though strangers pass in between', () => {
    let workedOut = 0;
    const scores = new RememberedScores(
      (row) => {
        if (row[0] === -1) workedOut += 1;
        return 0;
      },
      1,
      64,
    );
    for (let stranger = 0; stranger < 10_000; stranger++) {
      scores.score(Float64Array.of(stranger));
      if (stranger % 10 === 0) scores.score(Float64Array.of(-1));
    }
    expect(workedOut).toBe(1);
  });

  it('forget what has not come back for long', () => {
    let workedOut = 0;
    const scores = new RememberedScores(() => workedOut++, 1, 64);
    for (let stranger = 0; stranger < 1_000; stranger++) scores.score(Float64Array.of(stranger));
    scores.score(Float64Array.of(0));
    expect(workedOut).toBe(1_001);
  });
});
