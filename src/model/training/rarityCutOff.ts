import { type BinCounts, Histogram, HistogramBuilder } from '../histogram.js';

/** A measured value's bin and the UTC day it was measured on. */
export interface DatedBin {
  readonly bin: number;
  readonly day: number;
}

/** Days are dealt into this many parts; each is held out once. */
export const FOLDS = 5;
/** Cut-offs tried, in −log10 p, from the most to the least sensitive: nothing is "never seen" that isn't rarer than 1 in 1,000. */
export const CUT_OFFS = [3, 3.25, 3.5, 3.75, 4, 4.25, 4.5] as const;

/**
 * Finds, for one key, the most sensitive cut-off that none of its own rows reaches: each fifth of the days is judged by a
 * histogram of the others, and all of them by the one that is kept. One row beyond is an alert, and as many a month as rows that
 * it stands for; a share of rows, however small, is alerts a day of a busy relation. A value in a bin that the others
 * never held is beyond every cut-off, so a key whose normal values turn up in new bins gets null and never accuses.
 *
 * A single cut-off for all keys is a trap: with n rows no value can be rarer than 1 in n + 1.
 */
export function rarityCutOff(values: readonly DatedBin[]): number | null {
  const all = new Histogram(countBins(values));
  let largest = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = new Histogram(countBins(values.filter(({ day }) => day % FOLDS !== fold)));
    for (const { bin, day } of values) {
      if (day % FOLDS !== fold) continue;
      largest = Math.max(largest, others.rarity(bin), all.rarity(bin));
    }
  }
  return CUT_OFFS.find((cutOff) => largest < cutOff) ?? null;
}

/** @returns how many values lie where those of the other days never did, nor near there */
export function strangersOf(values: readonly DatedBin[]): number {
  let strangers = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = new Histogram(countBins(values.filter(({ day }) => day % FOLDS !== fold)));
    strangers += values.filter(({ bin, day }) => day % FOLDS === fold && others.isUnseen(bin)).length;
  }
  return strangers;
}

export function countBins(values: readonly DatedBin[]): BinCounts {
  const builder = new HistogramBuilder();
  for (const { bin } of values) builder.add(bin);
  return builder.counts();
}
