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
/** Share of a key's held-out rows that may lie beyond its cut-off: half the contamination, since several features share it. */
export const HELD_OUT_SHARE = 0.0005;

/**
 * Finds, for one key, the most sensitive cut-off that its own held-out days keep: each fifth of the days is
 * judged by a histogram of the others. A value in a bin that the others never held counts as beyond every
 * cut-off, so a key whose normal values keep turning up in new bins gets null and never accuses.
 *
 * A single cut-off for all keys is a trap: with n rows no value can be rarer than 1 in n + 1.
 */
export function rarityCutOff(values: readonly DatedBin[]): number | null {
  const beyond = new Array<number>(CUT_OFFS.length).fill(0);
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = new Histogram(countBins(values.filter(({ day }) => day % FOLDS !== fold)));
    for (const { bin, day } of values) {
      if (day % FOLDS !== fold) continue;
      const surprisal = others.isUnseen(bin) ? Number.POSITIVE_INFINITY : others.surprisal(bin);
      for (const [i, cutOff] of CUT_OFFS.entries()) if (surprisal >= cutOff) beyond[i] = (beyond[i] ?? 0) + 1;
    }
  }
  const kept = CUT_OFFS.findIndex((_, i) => (beyond[i] ?? 0) <= HELD_OUT_SHARE * values.length);
  return CUT_OFFS[kept] ?? null;
}

export function countBins(values: readonly DatedBin[]): BinCounts {
  const builder = new HistogramBuilder();
  for (const { bin } of values) builder.add(bin);
  return builder.counts();
}
