import { averagePathLength } from './averagePathLength.js';
import { keptShare, paddedSize } from './boxes.js';
import type { Tree } from './tree.js';

/**
 * Scores rows against a forest held in flat typed arrays, one row and one tree at a time: the plain way, which
 * BatchForestScorer is held against.
 *
 * A plain isolation tree cannot tell a value outside its training range from the range's edge: both fall into
 * the same leaf. So each tree's root has a chance p = e / (S0 + R + e) to cut the row off at depth 0,
 * where e is the row's summed distance outside the tree's bounding box and R the box's summed ranges (Random
 * Cut Forest's cut probability against the bounding box, with padding: Guha et al., ICML 2016).
 * Expected path length: E = (1 − p) · (depth + c(leaf size)); score S = −2^(−mean E / c(subsample)).
 */
export class ForestScorer {
  readonly #feature: Int16Array;
  readonly #value: Float64Array;
  readonly #left: Int32Array;
  readonly #roots: Int32Array;
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #size: Float64Array;
  readonly #width: number;
  readonly #normaliser: number;

  /** @param subsample rows each tree was grown on (ψ) */
  constructor(trees: readonly Tree[], subsample: number) {
    const nodes = trees.reduce((sum, tree) => sum + tree.feature.length, 0);
    this.#width = trees[0]?.low.length ?? 0;
    this.#feature = new Int16Array(nodes);
    this.#value = new Float64Array(nodes);
    this.#left = new Int32Array(nodes);
    this.#roots = new Int32Array(trees.length);
    this.#low = new Float64Array(trees.length * this.#width);
    this.#high = new Float64Array(trees.length * this.#width);
    this.#size = new Float64Array(trees.length);
    this.#normaliser = trees.length * averagePathLength(subsample);
    let offset = 0;
    for (const [t, tree] of trees.entries()) {
      this.#roots[t] = offset;
      this.#feature.set(tree.feature, offset);
      this.#value.set(tree.value, offset);
      for (let i = 0; i < tree.left.length; i++) this.#left[offset + i] = offset + (tree.left[i] ?? 0);
      this.#low.set(tree.low, t * this.#width);
      this.#high.set(tree.high, t * this.#width);
      this.#size[t] = paddedSize(tree);
      offset += tree.feature.length;
    }
  }

  /**
   * @param row one value a feature; NaN lies in every box and is below no threshold
   * @returns S in [−1, 0): lower is more anomalous
   */
  score(row: ArrayLike<number>): number {
    let total = 0;
    for (let t = 0; t < this.#roots.length; t++) {
      const kept = keptShare(this.#size[t] as number, this.#outside(row, t));
      total += kept * this.#pathLength(row, this.#roots[t] as number);
    }
    return -(2 ** (-total / this.#normaliser));
  }

  #outside(row: ArrayLike<number>, tree: number): number {
    let sum = 0;
    const base = tree * this.#width;
    for (let c = 0; c < this.#width; c++) {
      const value = row[c] as number;
      const low = this.#low[base + c] as number;
      const high = this.#high[base + c] as number;
      if (value < low) sum += low - value;
      else if (value > high) sum += value - high;
    }
    return sum;
  }

  #pathLength(row: ArrayLike<number>, root: number): number {
    let node = root;
    let feature = this.#feature[node] as number;
    while (feature >= 0) {
      node =
        (this.#left[node] as number) + ((row[feature] as number) < (this.#value[node] as number) ? 0 : 1);
      feature = this.#feature[node] as number;
    }
    return this.#value[node] as number;
  }
}
