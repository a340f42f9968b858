import { relationKey } from '../../features/relation.js';
import { answerBin, answerRatio } from '../answers.js';
import type { Baseline } from '../artifact.js';
import { addHit, hits, hitsNeeded } from '../runRule.js';
import { countBins, type DealtBin, type FoldOf, heldOutFolds } from './heldOut.js';
import type { SampledRow } from './sampledRows.js';

/** Fewer answered connections don't tell which sizes there are. */
const CONNECTIONS_AT_LEAST = 30;
/** Of the held-out connections at most this share may answer as none of the other days' did … */
const STRANGE_SHARE = 0.01;
/** … and at most so many of ten in a row. */
const STRANGE_OF_TEN = 1;

/**
 * Relation key → how much its connections are answered for each byte asked, where days that are held out confirm it:
 * each fifth of the days is judged by the others. A relation whose connections are a mixture of their own each time (an
 * engineer's) gets none and never accuses.
 */
export function answerHabits(rows: readonly SampledRow[], foldOf: FoldOf): NonNullable<Baseline['answers']> {
  const relations = new Map<string, { ratios: number[]; dealt: DealtBin[] }>();
  for (const { record } of rows) {
    const ratio = answerRatio(record);
    if (ratio === undefined) continue;
    const key = relationKey(record);
    const relation = relations.get(key) ?? { ratios: [], dealt: [] };
    relations.set(key, relation);
    relation.ratios.push(ratio);
    relation.dealt.push({ bin: answerBin(ratio), fold: foldOf(record.ts) });
  }
  const habits: NonNullable<Baseline['answers']> = {};
  for (const [key, { ratios, dealt }] of [...relations].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (dealt.length < CONNECTIONS_AT_LEAST || !isKept(dealt)) continue;
    const ascending = [...ratios].sort((a, b) => a - b);
    habits[key] = {
      n: dealt.length,
      median: ascending[Math.floor(ascending.length / 2)] ?? 0,
      hits: hitsNeeded(dealt.length),
      bins: countBins(dealt).map(([bin, count]) => [bin, count]),
    };
  }
  return habits;
}

/** @param dealt in order of time */
function isKept(dealt: readonly DealtBin[]): boolean {
  const folds = heldOutFolds(dealt);
  let strange = 0;
  let bits = 0;
  for (const { bin, fold } of dealt) {
    const isStrange = folds[fold]?.others.isUnseen(bin) ?? true;
    if (isStrange) strange += 1;
    bits = addHit(bits, isStrange);
    if (hits(bits) > STRANGE_OF_TEN) return false;
  }
  return strange <= STRANGE_SHARE * dealt.length;
}
