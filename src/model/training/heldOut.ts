import { type BinCounts, Histogram, HistogramBuilder } from '../histogram.js';

/** A measured value's bin and the UTC day it was measured on. */
export interface DatedBin {
  readonly bin: number;
  readonly day: number;
}

/** Days are dealt into this many parts; each is held out once. */
export const FOLDS = 5;

/** A part of the days, and what the others had. */
export interface HeldOut<Value extends DatedBin> {
  /** in the order in which they were given */
  readonly held: readonly Value[];
  readonly others: Histogram;
}

/** @returns one for each part; a day's is that of its number modulo FOLDS */
export function heldOutDays<Value extends DatedBin>(values: readonly Value[]): readonly HeldOut<Value>[] {
  return Array.from({ length: FOLDS }, (_, fold) => ({
    held: values.filter(({ day }) => day % FOLDS === fold),
    others: new Histogram(countBins(values.filter(({ day }) => day % FOLDS !== fold))),
  }));
}

export function countBins(values: readonly DatedBin[]): BinCounts {
  const builder = new HistogramBuilder();
  for (const { bin } of values) builder.add(bin);
  return builder.counts();
}
