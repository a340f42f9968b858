import { type BinCounts, Histogram, HistogramBuilder } from '../histogram.js';

/** A measured value's bin, and the fold it is held out with. */
export interface DealtBin {
  readonly bin: number;
  readonly fold: number;
}

/** Days are dealt into this many folds; each is held out once. */
export const FOLDS = 5;

/** @param ts seconds since the epoch; @returns the fold of a row of that time, 0 … FOLDS − 1 */
export type FoldOf = (ts: number) => number;

/** A day's fold is that of its number modulo FOLDS. */
export const byDay: FoldOf = (ts) => Math.floor(ts / 86_400) % FOLDS;

/**
 * Of a capture of hours, which trains no model for production, days can't judge each other: its fifths do, one after the other.
 *
 * @param window seconds since the epoch
 * @param daysWithData UTC days
 */
export function foldsOf(
  { from, to }: { readonly from: number; readonly to: number },
  daysWithData: number,
): FoldOf {
  if (daysWithData > 1) return byDay;
  return (ts) => Math.max(0, Math.min(FOLDS - 1, Math.floor(((ts - from) / (to - from)) * FOLDS)));
}

/** A fold, and what the others had. */
export interface HeldOut<Value extends DealtBin> {
  /** in the order in which they were given */
  readonly held: readonly Value[];
  readonly others: Histogram;
}

/** @returns one for each fold */
export function heldOutFolds<Value extends DealtBin>(values: readonly Value[]): readonly HeldOut<Value>[] {
  return Array.from({ length: FOLDS }, (_, fold) => ({
    held: values.filter((value) => value.fold === fold),
    others: new Histogram(countBins(values.filter((value) => value.fold !== fold))),
  }));
}

export function countBins(values: readonly Pick<DealtBin, 'bin'>[]): BinCounts {
  const builder = new HistogramBuilder();
  for (const { bin } of values) builder.add(bin);
  return builder.counts();
}
