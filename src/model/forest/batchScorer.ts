import { averagePathLength } from './averagePathLength.js';
import { instantiate, type Kernel } from './kernel.js';
import { BLOCK_ROWS, type KernelMemory, layOut } from './kernelMemory.js';
import { OutsideWeights } from './outsideWeights.js';
import { quantise } from './quantised.js';
import { ForestScorer } from './scorer.js';
import type { Tree } from './tree.js';

/** Scores many rows. */
export interface BatchScorer {
  /**
   * @param rows row by row, one value a feature; NaN lies in every box and is below no threshold
   * @param scores where S of each row goes: [−1, 0], lower is more anomalous
   */
  scoreAll(rows: Float64Array, scores: Float64Array): void;
}

/**
 * Scores rows in blocks by the WebAssembly kernel, with exactly the scores of ForestScorer: path lengths are
 * added in the same order, and weights of 1 change nothing.
 *
 * @param subsample rows each tree was grown on (ψ)
 */
export function batchScorer(trees: readonly Tree[], subsample: number): BatchScorer {
  const quantised = quantise(trees);
  if (quantised === undefined) return plainBatchScorer(trees, subsample);
  const laidOut = layOut(quantised);
  return new KernelScorer(
    laidOut,
    new OutsideWeights(trees, laidOut.weights, BLOCK_ROWS),
    quantised.thresholds.length,
    trees.length * averagePathLength(subsample),
  );
}

class KernelScorer implements BatchScorer {
  readonly #memory: KernelMemory;
  readonly #kernel: Kernel;
  readonly #weights: OutsideWeights;
  readonly #width: number;
  readonly #normaliser: number;

  constructor(memory: KernelMemory, weights: OutsideWeights, width: number, normaliser: number) {
    this.#memory = memory;
    this.#kernel = instantiate(memory.memory);
    this.#weights = weights;
    this.#width = width;
    this.#normaliser = normaliser;
  }

  scoreAll(rows: Float64Array, scores: Float64Array): void {
    for (let first = 0; first < scores.length; first += BLOCK_ROWS) {
      this.#scoreBlock(rows, scores, first, Math.min(BLOCK_ROWS, scores.length - first));
    }
  }

  #scoreBlock(rows: Float64Array, scores: Float64Array, first: number, count: number): void {
    const { addresses: at, values, totals } = this.#memory;
    const from = first * this.#width;
    values.set(rows.subarray(from, from + count * this.#width));
    totals.fill(0);
    this.#weights.set(rows, from, count);
    this.#kernel.rank(at.values, at.ranks, at.columns, this.#width, BLOCK_ROWS);
    const { trees, treesEnd, ranks, paths, weights } = at;
    this.#kernel.walk(trees, treesEnd, ranks, this.#width * 8, paths, weights, at.totals, BLOCK_ROWS);
    this.#weights.reset();
    for (let r = 0; r < count; r++) scores[first + r] = -(2 ** (-(totals[r] as number) / this.#normaliser));
  }
}

/** For a forest that is too large for the kernel. */
function plainBatchScorer(trees: readonly Tree[], subsample: number): BatchScorer {
  const scorer = new ForestScorer(trees, subsample);
  const width = trees[0]?.low.length ?? 0;
  return {
    scoreAll(rows, scores) {
      for (let r = 0; r < scores.length; r++)
        scores[r] = scorer.score(rows.subarray(r * width, (r + 1) * width));
    },
  };
}
