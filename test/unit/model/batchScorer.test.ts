import fc from 'fast-check';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { UNSEEN } from '../../../src/model/featureVector.js';
import { batchScorer } from '../../../src/model/forest/batchScorer.js';
import { growTree } from '../../../src/model/forest/grow.js';
import { quantise } from '../../../src/model/forest/quantised.js';
import { ForestScorer } from '../../../src/model/forest/scorer.js';
import type { Tree } from '../../../src/model/forest/tree.js';

const seeded = (seed: number) => {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
};

const WIDTH = 4;
const cell = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ min: -5, max: 5, noNaN: true }),
  fc.constant(0),
);
const samples = fc.array(fc.array(cell, { minLength: WIDTH, maxLength: WIDTH }), {
  minLength: 2,
  maxLength: 40,
});
const odd = fc.constantFrom(UNSEEN, -UNSEEN, Number.NaN, Infinity, -Infinity, -0, 1e308, -1e308, 5e-324);

interface Case {
  readonly trees: readonly Tree[];
  readonly rows: readonly (readonly number[])[];
}

/** Forests of several samples, and rows of their values, thresholds and bounds, near them, and far from anything. */
const cases: fc.Arbitrary<Case> = fc
  .tuple(fc.array(samples, { minLength: 1, maxLength: 6 }), fc.integer())
  .map(([forest, seed]) => forest.map((sample, i) => growTree(sample, seeded(seed + i))))
  .chain((trees) => {
    const met = trees.flatMap(({ value, low, high }) => [...value, ...low, ...high]);
    const value = fc.oneof(
      cell,
      odd,
      fc.constantFrom(...met),
      fc.constantFrom(...met).map((v) => v * (1 - 1e-15)),
    );
    const row = fc.array(value, { minLength: WIDTH, maxLength: WIDTH });
    return fc.record({ trees: fc.constant(trees), rows: fc.array(row, { minLength: 1, maxLength: 300 }) });
  });

describe('scoring in blocks', () => {
  it('gives the plain scorer’s scores to the last bit, at thresholds and bounds, for NaN, infinities and unseen values', () => {
    fc.assert(
      fc.property(cases, ({ trees, rows }) => {
        const plain = new ForestScorer(trees, 40);
        const scores = new Float64Array(rows.length);
        batchScorer(trees, 40).scoreAll(Float64Array.from(rows.flat()), scores);
        expect([...scores]).toEqual(rows.map((row) => plain.score(row)));
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it('scores a row the same wherever it stands, however many come with it', () => {
    const trees = [1, 2, 3].map((seed) => growTree(grid(100), seeded(seed)));
    const scorer = batchScorer(trees, 100);
    const row = [3.5, UNSEEN];
    const alone = new Float64Array(1);
    scorer.scoreAll(Float64Array.from(row), alone);
    for (const rows of [7, 127, 128, 129, 1_000]) {
      const scores = new Float64Array(rows);
      scorer.scoreAll(Float64Array.from(Array.from({ length: rows }, () => row).flat()), scores);
      expect(new Set(scores)).toEqual(new Set(alone));
    }
  });

  it('keeps every score in [−1, 0], lower for a row far outside than for one in the middle', () => {
    const trees = [1, 2, 3, 4, 5].map((seed) => growTree(grid(256), seeded(seed)));
    const scores = new Float64Array(5);
    batchScorer(trees, 256).scoreAll(
      Float64Array.from([8, 8, 8, UNSEEN, Infinity, -Infinity, Number.NaN, 8, -1e308, 1e308]),
      scores,
    );
    for (const score of scores) expect(score >= -1 && score <= 0).toBe(true);
    expect(scores[1]).toBeLessThan((scores[0] ?? 0) - 0.3);
    expect(scores[2]).toBe(-1);
  });

  it('leaves a forest of more features than its nodes can name to the plain scorer', () => {
    const wide = Array.from({ length: 20 }, (_, r) => Array.from({ length: 40 }, (_, c) => (r * 7 + c) % 11));
    const trees = [growTree(wide, seeded(1)), growTree(wide, seeded(2))];
    expect(quantise(trees)).toBeUndefined();
    const scores = new Float64Array(wide.length);
    batchScorer(trees, 20).scoreAll(Float64Array.from(wide.flat()), scores);
    const plain = new ForestScorer(trees, 20);
    expect([...scores]).toEqual(wide.map((row) => plain.score(row)));
  });
});

function grid(rows: number): number[][] {
  return Array.from({ length: rows }, (_, i) => [i % 16, Math.floor(i / 16)]);
}
