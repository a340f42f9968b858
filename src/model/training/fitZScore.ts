import { ALERT_LINE, type Baseline, type Moments, type ZScoreModel } from '../artifact.js';
import { FEATURES } from '../featureVector.js';
import { Known } from '../known.js';
import { weightedQuantile } from '../quantile.js';
import { MOST_USUAL } from '../scale.js';
import { deviations, largest, ownKey } from '../zScore/deviation.js';
import { measuresOf } from '../zScore/measures.js';
import type { SampledRow } from './sampledRows.js';

/** No mean of its own speaks for a relation before it has this many rows: as with histograms. */
const ROWS_FOR_OWN_MEAN = 100;
/** Standard deviations; below them nothing is odd, however regular the baseline was. */
const LEAST_LIMIT = 3;

/**
 * Means and standard deviations of every feature, over the whole plant and by relation (by sequence for
 * intervals), and the limit: as with the forest, the contamination share of the training rows scores below 0.
 *
 * @param rows sampled rows in their canonical order
 */
export function fitZScore(
  rows: readonly SampledRow[],
  baseline: Baseline,
  contamination: number,
): ZScoreModel['zScore'] {
  const known = new Known(baseline);
  const measured = rows.map(({ record, interval }) =>
    measuresOf(record, interval, known, { leaveOutOwnDay: true }),
  );
  const plant = new Map<string, Sums>();
  const own = new Map<string, Sums>();
  for (const [i, measures] of measured.entries()) {
    const weight = rows[i]?.weight ?? 0;
    for (const measure of measures) {
      add(plant, measure.feature, measure.value, weight);
      if (measure.key !== undefined) add(own, ownKey(measure), measure.value, weight);
    }
  }
  const enough = new Map([...own].filter(([, { n }]) => n >= ROWS_FOR_OWN_MEAN));
  const fitted = { features: [...FEATURES], plant: momentsByKey(plant), own: momentsByKey(enough), limit: 1 };
  const usual = weightedQuantile(
    measured.map((measures) => largest(deviations(measures, fitted))),
    rows.map(({ weight }) => weight),
    1 - contamination,
  );
  return { ...fitted, limit: Math.max(LEAST_LIMIT, usual * ((MOST_USUAL - ALERT_LINE) / MOST_USUAL)) };
}

/** Running sums about the first value, so that subtracting squares loses no digits. */
interface Sums {
  readonly first: number;
  n: number;
  weight: number;
  sum: number;
  squares: number;
}

function add(sums: Map<string, Sums>, key: string, value: number, weight: number): void {
  let of = sums.get(key);
  if (of === undefined) {
    of = { first: value, n: 0, weight: 0, sum: 0, squares: 0 };
    sums.set(key, of);
  }
  const offset = value - of.first;
  of.n += 1;
  of.weight += weight;
  of.sum += weight * offset;
  of.squares += weight * offset * offset;
}

function momentsByKey(sums: ReadonlyMap<string, Sums>): Record<string, Moments> {
  const sorted = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([key, { first, n, weight, sum, squares }]) => {
      const offset = sum / weight;
      return [
        key,
        {
          n,
          mean: first + offset,
          deviation: Math.sqrt(Math.max(0, squares / weight - offset * offset)),
        },
      ];
    }),
  );
}
