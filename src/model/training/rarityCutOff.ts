import { Histogram } from '../histogram.js';
import { countBins, type DealtBin, heldOutFolds } from './heldOut.js';

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
export function rarityCutOff(values: readonly DealtBin[]): number | null {
  const all = new Histogram(countBins(values));
  let largest = 0;
  for (const { held, others } of heldOutFolds(values))
    for (const { bin } of held) largest = Math.max(largest, others.rarity(bin), all.rarity(bin));
  return CUT_OFFS.find((cutOff) => largest < cutOff) ?? null;
}

/** @returns how many values lie where those of the other days never did, nor near there */
export function strangersOf(values: readonly DealtBin[]): number {
  return heldOutFolds(values).reduce(
    (sum, { held, others }) => sum + held.filter(({ bin }) => others.isUnseen(bin)).length,
    0,
  );
}
