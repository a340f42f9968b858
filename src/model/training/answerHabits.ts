import { relationKey } from '../../features/relation.js';
import { answerBin, answerRatio } from '../answers.js';
import type { Baseline } from '../artifact.js';
import { addHit, hits, hitsNeeded } from '../runRule.js';
import { countBins, type DatedBin, FOLDS, heldOutDays } from './heldOut.js';
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
export function answerHabits(rows: readonly SampledRow[]): NonNullable<Baseline['answers']> {
  const relations = new Map<string, { ratios: number[]; dated: DatedBin[] }>();
  for (const { record } of rows) {
    const ratio = answerRatio(record);
    if (ratio === undefined) continue;
    const key = relationKey(record);
    const relation = relations.get(key) ?? { ratios: [], dated: [] };
    relations.set(key, relation);
    relation.ratios.push(ratio);
    relation.dated.push({ bin: answerBin(ratio), day: Math.floor(record.ts / 86_400) });
  }
  const habits: NonNullable<Baseline['answers']> = {};
  for (const [key, { ratios, dated }] of [...relations].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (dated.length < CONNECTIONS_AT_LEAST || !isKept(dated)) continue;
    const ascending = [...ratios].sort((a, b) => a - b);
    habits[key] = {
      n: dated.length,
      median: ascending[Math.floor(ascending.length / 2)] ?? 0,
      hits: hitsNeeded(dated.length),
      bins: countBins(dated).map(([bin, count]) => [bin, count]),
    };
  }
  return habits;
}

/** @param dated in order of time */
function isKept(dated: readonly DatedBin[]): boolean {
  const parts = heldOutDays(dated);
  let strange = 0;
  let bits = 0;
  for (const { bin, day } of dated) {
    const isStrange = parts[day % FOLDS]?.others.isUnseen(bin) ?? true;
    if (isStrange) strange += 1;
    bits = addHit(bits, isStrange);
    if (hits(bits) > STRANGE_OF_TEN) return false;
  }
  return strange <= STRANGE_SHARE * dated.length;
}
