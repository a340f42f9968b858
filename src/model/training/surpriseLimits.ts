import type { Baseline } from '../artifact.js';
import { Histogram, HistogramBuilder } from '../histogram.js';
import { Known } from '../known.js';
import { samplesOf, seriesKeysOf } from '../series.js';
import { addSurprisal, SURPRISAL_AT_MOST, surpriseLimit } from '../surprise.js';
import { FOLDS, type FoldOf } from './heldOut.js';
import type { SampledRow } from './sampledRows.js';

/** No histogram speaks before it has this many rows (detector.md: "On real traffic", 4). */
const ROWS_AT_LEAST = 100;

interface Value {
  readonly series: string;
  readonly histogram: string;
  readonly bin: number;
  readonly fold: number;
  readonly ts: number;
}

/** Series key → the limit of its surprise chart; a series whose normal values alone add up to too much gets none. */
export function surpriseLimits(
  rows: readonly SampledRow[],
  histograms: Pick<Baseline, 'intervals' | 'pooledIntervals' | 'bytes'>,
  foldOf: FoldOf,
): Record<string, number> {
  const values = valuesOf(rows, histograms, foldOf);
  const others = histogramsOfOtherFolds(values);
  const sums = new Map<string, { sum: number; ts: number; largest: number }>();
  for (const { series, histogram, bin, fold, ts } of values) {
    const judge = others.get(histogram)?.[fold];
    if (judge === undefined || judge.n < ROWS_AT_LEAST) continue;
    const surprisal = judge.isUnseen(bin) ? SURPRISAL_AT_MOST : judge.surprisal(bin);
    const before = sums.get(series) ?? { sum: 0, ts, largest: 0 };
    const sum = addSurprisal(before.sum, surprisal, ts - before.ts);
    sums.set(series, { sum, ts, largest: Math.max(before.largest, sum) });
  }
  return Object.fromEntries(
    [...sums]
      .flatMap(([series, { largest }]): [string, number][] => {
        const limit = surpriseLimit(largest);
        return limit === undefined ? [] : [[series, limit]];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function valuesOf(
  rows: readonly SampledRow[],
  histograms: Pick<Baseline, 'intervals' | 'pooledIntervals' | 'bytes'>,
  foldOf: FoldOf,
): readonly Value[] {
  const known = new Known(histograms as Baseline);
  const keysOf = known.once(seriesKeysOf);
  const values: Value[] = [];
  for (const { record, interval } of rows) {
    for (const sample of samplesOf(record, interval, keysOf(record))) {
      const binned = known.binOf(sample, record);
      if (binned === undefined || (sample.feature === 'interval' && !known.hasRhythm(record))) continue;
      values.push({
        series: sample.key,
        histogram: binned.held.key,
        bin: binned.bin,
        fold: foldOf(record.ts),
        ts: record.ts,
      });
    }
  }
  return values;
}

/** Histogram key → by fold, the histogram of all others. */
function histogramsOfOtherFolds(values: readonly Value[]): ReadonlyMap<string, readonly Histogram[]> {
  const builders = new Map<string, readonly HistogramBuilder[]>();
  for (const { histogram, bin, fold } of values) {
    let folds = builders.get(histogram);
    if (folds === undefined) {
      folds = Array.from({ length: FOLDS }, () => new HistogramBuilder());
      builders.set(histogram, folds);
    }
    for (const [i, builder] of folds.entries()) if (i !== fold) builder.add(bin);
  }
  return new Map(
    [...builders].map(([key, folds]) => [key, folds.map((builder) => new Histogram(builder.counts()))]),
  );
}
