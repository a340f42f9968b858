import { Histogram, HistogramBuilder } from '../histogram.js';
import { FOLDS } from './heldOut.js';
import { CUT_OFFS } from './rarityCutOff.js';

/** Of the sequences that a pool speaks for: half the contamination, since several features share it. */
export const HELD_OUT_SHARE = 0.0005;

/** A sequence in the pool of its log and function code. */
export interface PooledSequence {
  /** bins of interval / median, on RATIO_AXIS */
  readonly bins: ArrayLike<number> & Iterable<number>;
  /** too short for a histogram of its own: the pool speaks for it */
  readonly isJudged: boolean;
}

/**
 * The most sensitive cut-off that the pool keeps on the sequences that it speaks for, each fifth of them judged by a
 * histogram of all the others. Over all of the pool's rows any cut-off is kept where a master's steady polling makes up
 * nearly all of them: it says nothing of an engineer's visits, whose rhythm is another each time.
 */
export function pooledCutOff(members: readonly PooledSequence[]): number | null {
  const judged = members.filter(({ isJudged }) => isJudged);
  const beyond = new Array<number>(CUT_OFFS.length).fill(0);
  let rows = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = judged.filter((_, i) => i % FOLDS === fold);
    if (held.length === 0) continue;
    const out = new Set(held);
    const builder = new HistogramBuilder();
    for (const member of members) if (!out.has(member)) for (const bin of member.bins) builder.add(bin);
    const others = new Histogram(builder.counts());
    for (const { bins } of held) {
      rows += bins.length;
      for (const bin of bins) {
        const surprisal = others.rarity(bin);
        for (const [i, cutOff] of CUT_OFFS.entries())
          if (surprisal >= cutOff) beyond[i] = (beyond[i] ?? 0) + 1;
      }
    }
  }
  if (rows === 0) return null;
  const kept = CUT_OFFS.findIndex((_, i) => (beyond[i] ?? 0) <= HELD_OUT_SHARE * rows);
  return CUT_OFFS[kept] ?? null;
}
