import { binOf, INTERVAL_AXIS } from '../../features/bins.js';
import { Histogram } from '../histogram.js';
import { addHit, HITS, hits, makesUp } from '../runRule.js';
import { countBins, type DatedBin } from './rarityCutOff.js';

const FOLDS = 5;
/** Milder than one value alone would need; the mildest that keeps its promise is taken. */
const CUT_OFFS = [2.5, 2.75, 3, 3.25] as const;
/** With fewer rows a value of 1 in 100 can't be told from a common one. */
const ROWS_AT_LEAST = 300;

/**
 * The mildest cut-off at which 3 of 10 never fires on the key's own held-out days: each fifth of the days is judged
 * by a histogram of the others, a value in a bin that they never held counting as a hit.
 *
 * @param values in order of time, with the interval (s) of each
 */
export function runCutOff(values: readonly (DatedBin & { readonly value: number })[]): number | null {
  if (values.length < ROWS_AT_LEAST) return null;
  const candidates = new Set<number>(CUT_OFFS);
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = new Histogram(countBins(values.filter(({ day }) => day % FOLDS !== fold)));
    const held = values.filter(({ day }) => day % FOLDS === fold);
    const rarity = (bin: number) => (others.isUnseen(bin) ? Number.POSITIVE_INFINITY : others.surprisal(bin));
    const surprisals = held.map(({ bin }) => rarity(bin));
    const ofPairs = held.map(({ value }, i) =>
      rarity(binOf((value + (held[i - 1]?.value ?? value)) / 2, INTERVAL_AXIS)),
    );
    for (const cutOff of candidates) if (fires(surprisals, ofPairs, cutOff)) candidates.delete(cutOff);
  }
  return CUT_OFFS.find((cutOff) => candidates.has(cutOff)) ?? null;
}

function fires(surprisals: readonly number[], ofPairs: readonly number[], cutOff: number): boolean {
  let bits = 0;
  for (const [i, surprisal] of surprisals.entries()) {
    bits = addHit(bits, surprisal >= cutOff && !makesUp(bits, ofPairs[i] ?? surprisal, cutOff));
    if (hits(bits) >= HITS) return true;
  }
  return false;
}
