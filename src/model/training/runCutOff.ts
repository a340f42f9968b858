import { binOf, INTERVAL_AXIS } from '../../features/bins.js';
import { addInterval, HITS, hits, type Run, WINDOW } from '../runRule.js';
import { type DealtBin, heldOutFolds } from './heldOut.js';

/** Milder than one value alone would need; the mildest that keeps its promise is taken. */
const CUT_OFFS = [2.5, 2.75, 3, 3.25] as const;
/** With fewer rows a value of 1 in 100 can't be told from a common one. */
const ROWS_AT_LEAST = 300;
/** Where every interval of the baseline is known, single ones tell of what would need more. */
const HITS_AT_MOST = 4;
/** Of a sample, nothing else does. A function that is read twice a cycle has five odd ones at most: its long intervals. */
const HITS_AT_MOST_OF_SAMPLE = 8;
/** Odd intervals come in company: so many more are needed than ever came together on the held-out days. */
const BEYOND_TOGETHER = 2;
/** A sample may have too few rows to show that they do: so many at least are taken for one event, as of a request between two polls. */
const TOGETHER_IN_SAMPLE = 2;
/** How often the rule may fire of itself, in as many rows of one sequence as the whole baseline has. */
const FIRINGS_AT_MOST = 0.01;

/** From which surprisal an interval is a hit, and how many hits of ten speak for another rhythm. */
export interface RunCutOff {
  readonly cutOff: number;
  readonly hits: number;
}

/**
 * The fewest hits, and of these the mildest cut-off, at which the rule never fires on the key's own held-out days: each fifth of
 * the days is judged by a histogram of the others, a value in a bin that they never held counting as a hit. A sample says nothing
 * of what happens once in a million intervals, though, and a fast sequence has millions a month: so many hits are needed that
 * chance alone would bring them together less than once in a hundred baselines, and two more than ever were among the same ten.
 *
 * @param values in order of time, with the interval (s) of each
 * @param rows of the whole baseline that the values stand for: as many as it has intervals, or more
 */
export function runCutOff(
  values: readonly (DealtBin & { readonly value: number })[],
  rows: number,
): RunCutOff | null {
  if (values.length < ROWS_AT_LEAST) return null;
  const isSample = rows > values.length;
  const hitsAt = new Map<number, Hits>(CUT_OFFS.map((cutOff) => [cutOff, { found: 0, together: 0 }]));
  for (const { held, others } of heldOutFolds(values)) {
    const intervals = held.map(({ bin, value }) => ({ value, rarity: others.rarity(bin) }));
    const rarityOf = (value: number) => others.rarity(binOf(value, INTERVAL_AXIS));
    for (const [cutOff, before] of hitsAt) {
      const found = hitsOf(intervals, rarityOf, cutOff);
      hitsAt.set(cutOff, {
        found: before.found + found.found,
        together: Math.max(before.together, found.together),
      });
    }
  }
  const atMost = isSample ? HITS_AT_MOST_OF_SAMPLE : HITS_AT_MOST;
  let best: RunCutOff | null = null;
  for (const [cutOff, { found, together }] of hitsAt) {
    const company = isSample ? Math.max(TOGETHER_IN_SAMPLE, together) : 1;
    const byChance = hitsNeeded((found + 1) / (values.length + 1), company, rows);
    const needed = Math.max(byChance, together + BEYOND_TOGETHER);
    if (needed <= atMost && needed < (best?.hits ?? Number.POSITIVE_INFINITY))
      best = { cutOff, hits: needed };
  }
  return best;
}

/** Odd intervals among those of some days. */
interface Hits {
  readonly found: number;
  /** how many were among the same ten, at most */
  readonly together: number;
}

function hitsOf(
  intervals: readonly { readonly value: number; readonly rarity: number }[],
  rarityOf: (value: number) => number,
  cutOff: number,
): Hits {
  let run: Run = { bits: 0 };
  let [found, together] = [0, 0];
  for (const { value, rarity } of intervals) {
    run = addInterval(run, value, rarity >= cutOff, (mean) => rarityOf(mean) >= cutOff);
    found += run.bits & 1;
    together = Math.max(together, hits(run.bits));
  }
  return { found, together };
}

/**
 * Events that bring `company` odd intervals each come independently of each other.
 *
 * @param share of the intervals that hit
 */
function hitsNeeded(share: number, company: number, rows: number): number {
  for (let needed = HITS; needed <= WINDOW; needed++) {
    const events = Math.ceil(needed / company);
    if (rows * choose(WINDOW - 1, events - 1) * (share / company) ** events <= FIRINGS_AT_MOST) return needed;
  }
  return Number.POSITIVE_INFINITY;
}

/** In how many ways `k` of `n` can be chosen. */
function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}
