import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { ALERT_LINE, type Baseline, type ForestModel } from '../artifact.js';
import { FEATURES, featureVector, supportVector, UNSEEN } from '../featureVector.js';
import { batchScorer } from '../forest/batchScorer.js';
import { growTree, type Random } from '../forest/grow.js';
import type { Tree } from '../forest/tree.js';
import { Known } from '../known.js';
import { weightedQuantile } from '../quantile.js';
import type { SampledRow } from './sampledRows.js';

export interface ForestOptions {
  readonly trees: number;
  /** ψ, rows a tree */
  readonly subsample: number;
  /** share of training rows that fall below decision 0 */
  readonly contamination: number;
  readonly seed: number;
}

/**
 * Grows the forest on baseline rows and finds its offset.
 *
 * Rows are drawn by their weight, so that a sampled key counts as much as it did in the window.
 *
 * @param rows sampled rows in their canonical order
 */
export function growForest(
  rows: readonly SampledRow[],
  baseline: Baseline,
  options: ForestOptions,
): ForestModel['forest'] {
  const known = new Known(baseline);
  const support = known.once((record) => supportVector(record, known, { leaveOutOwnDay: true }));
  const vectors = rows.map(({ record, interval }) => featureVector(record, interval, known, support(record)));
  const weights = rows.map((row) => row.weight);
  const random = seeded(options.seed);
  const draw = weightedDraw(weights, random);
  const trees = Array.from({ length: options.trees }, () => {
    const sample = Array.from({ length: options.subsample }, () => vectors[draw()] ?? []);
    return growTree(sample, random);
  });
  const offset = weightedQuantile(scoresOf(vectors, trees, options), weights, options.contamination);
  const typical = new Array<number>(FEATURES.length).fill(0);
  const oneUnseen = FEATURES.map((_, i) => typical.with(i, UNSEEN));
  const mildest = Math.max(...scoresOf(oneUnseen, trees, options));
  return {
    features: [...FEATURES],
    trees: trees.map(({ feature, value, left, low, high }) => ({
      feature: [...feature],
      value: [...value],
      left: [...left],
      low: [...low],
      high: [...high],
    })),
    offset,
    unseenShare: shareOf(vectors, weights, (vector) => vector.includes(UNSEEN)),
    canAlert: mildest - offset < ALERT_LINE,
  };
}

function scoresOf(
  vectors: readonly (readonly number[])[],
  trees: readonly Tree[],
  { subsample }: ForestOptions,
): readonly number[] {
  const scores = new Float64Array(vectors.length);
  const rows = new Float64Array(vectors.length * FEATURES.length);
  for (const [i, vector] of vectors.entries()) rows.set(vector, i * FEATURES.length);
  batchScorer(trees, subsample).scoreAll(rows, scores);
  return [...scores];
}

function shareOf(
  vectors: readonly (readonly number[])[],
  weights: readonly number[],
  test: (vector: readonly number[]) => boolean,
): number {
  let passing = 0;
  let total = 0;
  for (const [i, vector] of vectors.entries()) {
    const weight = weights[i] ?? 0;
    total += weight;
    if (test(vector)) passing += weight;
  }
  return total === 0 ? 0 : passing / total;
}

function seeded(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

function weightedDraw(weights: readonly number[], random: Random): () => number {
  const cumulative = new Float64Array(weights.length);
  let total = 0;
  for (const [i, weight] of weights.entries()) {
    total += weight;
    cumulative[i] = total;
  }
  return () => {
    const target = random() * total;
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] as number) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
