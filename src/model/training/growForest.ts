import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { ALERT_LINE, type Baseline, type Model } from '../artifact.js';
import { FEATURES, featureVector, UNSEEN } from '../featureVector.js';
import { growTree, type Random } from '../forest/grow.js';
import { ForestScorer } from '../forest/scorer.js';
import { Known } from '../known.js';
import { weightedQuantile } from '../quantile.js';
import { buildHistograms, type SampledRow } from './sampledRows.js';

export interface ForestOptions {
  readonly trees: number;
  /** ψ, rows a tree */
  readonly subsample: number;
  /** share of training rows that fall below decision 0 */
  readonly contamination: number;
  readonly seed: number;
}

/** Cut-offs tried for "rarer than anything usual", in −log10 p, from the most to the least sensitive. */
const CUT_OFFS = [3, 3.25, 3.5, 3.75, 4, 4.25, 4.5, 5] as const;
/** Every fifth day is held out when the cut-off is chosen. */
const HELD_OUT_DAYS = 5;

/**
 * Grows the forest on baseline rows and finds its offset.
 *
 * Rows are drawn by their weight, so that a sampled key counts as much as it did in the window. The rarity
 * cut-off is the most sensitive one at which at most half the contamination of held-out rows would count as
 * never seen, against histograms of the other days.
 *
 * @param rows sampled rows in their canonical order
 */
export function growForest(
  rows: readonly SampledRow[],
  baseline: Baseline,
  options: ForestOptions,
): Model['forest'] {
  const rarityCutOff = chooseCutOff(rows, baseline, options.contamination / 2);
  const known = new Known(baseline);
  const vectors = rows.map((row) =>
    featureVector(row.record, row.interval, known, { rarityCutOff, leaveOutOwnDay: true }),
  );
  const weights = rows.map((row) => row.weight);
  const random = seeded(options.seed);
  const draw = weightedDraw(weights, random);
  const trees = Array.from({ length: options.trees }, () => {
    const sample = Array.from({ length: options.subsample }, () => vectors[draw()] ?? []);
    return growTree(sample, random);
  });
  const scorer = new ForestScorer(trees, options.subsample);
  const offset = weightedQuantile(
    vectors.map((vector) => scorer.score(vector)),
    weights,
    options.contamination,
  );
  const typical = new Array<number>(FEATURES.length).fill(0);
  const mildest = Math.max(...FEATURES.map((_, i) => scorer.score(typical.with(i, UNSEEN))));
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
    rarityCutOff,
    unseenShare: shareOf(vectors, weights, (vector) => vector.includes(UNSEEN)),
    canAlert: mildest - offset < ALERT_LINE,
  };
}

function chooseCutOff(rows: readonly SampledRow[], baseline: Baseline, atMost: number): number | null {
  const isHeldOut = (row: SampledRow) => Math.floor(row.record.ts / 86_400) % HELD_OUT_DAYS === 0;
  const known = new Known({ ...baseline, ...buildHistograms(rows.filter((row) => !isHeldOut(row))) });
  const heldOut = rows.filter(isHeldOut);
  if (heldOut.length === 0) return CUT_OFFS[0];
  const vectors = heldOut.map((row) =>
    featureVector(row.record, row.interval, known, { rarityCutOff: null }),
  );
  const weights = heldOut.map((row) => row.weight);
  const measured = FEATURES.length - 3;
  for (const cutOff of CUT_OFFS) {
    if (shareOf(vectors, weights, (v) => v.slice(measured).some((s) => s >= cutOff)) <= atMost) return cutOff;
  }
  return null;
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
