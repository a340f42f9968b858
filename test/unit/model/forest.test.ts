import fc from 'fast-check';
import { IsolationForest, type TreeNode } from 'ml-isolation-forest';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { averagePathLength } from '../../../src/model/forest/averagePathLength.js';
import { growTree } from '../../../src/model/forest/grow.js';
import { ForestScorer } from '../../../src/model/forest/scorer.js';

const seeded = (seed: number) => {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
};

const samples = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 9 }), fc.double({ min: -5, max: 5, noNaN: true }), fc.constant(3)),
  { minLength: 2, maxLength: 64 },
);

describe('c(n)', () => {
  it('is the published average path length of an unsuccessful search', () => {
    expect(averagePathLength(0)).toBe(0);
    expect(averagePathLength(1)).toBe(0);
    expect(averagePathLength(2)).toBe(1);
    expect(averagePathLength(256)).toBeCloseTo(10.244771, 5);
  });
});

describe('a grown tree', () => {
  it('gives the path length of the library’s own tree, walked node by node', () => {
    fc.assert(
      fc.property(samples, fc.integer(), (rows, seed) => {
        const tree = growTree(rows, seeded(seed));
        const scorer = new ForestScorer([tree], rows.length);
        const root = libraryTree(rows.map(varying(rows)), seed);
        for (const row of rows) {
          const expected = -(2 ** (-walk(root, varying(rows)(row), 0) / averagePathLength(rows.length)));
          expect(scorer.score(row)).toBeCloseTo(expected, 12);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('scores the same wherever a feature stands, with its tree', () => {
    fc.assert(
      fc.property(
        samples,
        fc.integer(),
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        (rows, seed, order) => {
          const tree = growTree(rows, seeded(seed));
          const moved = {
            ...tree,
            feature: Array.from(tree.feature, (f) => (f < 0 ? f : order.indexOf(f))),
            low: order.map((f) => tree.low[f] as number),
            high: order.map((f) => tree.high[f] as number),
          };
          const [plain, permuted] = [tree, moved].map((one) => new ForestScorer([one], rows.length));
          for (const row of rows)
            expect(permuted?.score(order.map((f) => row[f] as number))).toBeCloseTo(
              plain?.score(row) ?? 0,
              12,
            );
        },
      ),
      { seed: 1 },
    );
  });

  it('is the same for the same seed, and another for another', () => {
    const rows = Array.from({ length: 64 }, (_, i) => [i % 7, i * 0.3, i]);
    expect(growTree(rows, seeded(5))).toEqual(growTree(rows, seeded(5)));
    expect(growTree(rows, seeded(6))).not.toEqual(growTree(rows, seeded(5)));
  });

  it('leaves Math.random as it was, even when growing throws', () => {
    const original = Math.random;
    growTree([[1], [2]], seeded(1));
    expect(Math.random).toBe(original);
    expect(() =>
      growTree([[1], [2]], () => {
        throw new Error('no more numbers');
      }),
    ).toThrow('no more numbers');
    expect(Math.random).toBe(original);
  });

  it('of equal rows is one leaf', () => {
    expect(
      growTree(
        [
          [1, 2],
          [1, 2],
          [1, 2],
        ],
        seeded(1),
      ),
    ).toMatchObject({ feature: [-1], value: [averagePathLength(3)] });
  });
});

describe('a score', () => {
  it('falls with the distance outside the box, to −1 in the limit', () => {
    const rows = Array.from({ length: 256 }, (_, i) => [i % 16, Math.floor(i / 16)]);
    const scorer = new ForestScorer(
      Array.from({ length: 50 }, (_, i) => growTree(rows, seeded(i))),
      256,
    );
    const scores = [7, 20, 100, 1_000, 100_000].map((value) => scorer.score([value, 7]));
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores[0]).toBeGreaterThan(-0.6);
    expect(scores[4]).toBeCloseTo(-1, 2);
  });
});

/** Constant columns are left out before growing: the library would split on them. */
function varying(rows: readonly (readonly number[])[]): (row: readonly number[]) => number[] {
  const columns = (rows[0] ?? []).map((_, c) => c).filter((c) => new Set(rows.map((row) => row[c])).size > 1);
  return (row) => columns.map((c) => row[c] ?? 0);
}

function libraryTree(rows: readonly number[][], seed: number): TreeNode {
  if ((rows[0] ?? []).length === 0) return { trainingSet: rows };
  const original = Math.random;
  Math.random = seeded(seed);
  try {
    const forest = new IsolationForest({ nEstimators: 1 });
    forest.train(rows);
    return forest.forest[0] ?? {};
  } finally {
    Math.random = original;
  }
}

/** Path length as published, without counting splits that send every row one way. */
function walk(node: TreeNode, row: readonly number[], depth: number): number {
  if (node.left === undefined || node.right === undefined)
    return depth + averagePathLength(node.trainingSet?.length ?? 0);
  if (node.left.trainingSet?.length === 0) return walk(node.right, row, depth);
  if (node.right.trainingSet?.length === 0) return walk(node.left, row, depth);
  const next = (row[node.splitColumn ?? 0] ?? 0) < (node.splitValue ?? 0) ? node.left : node.right;
  return walk(next, row, depth + 1);
}
