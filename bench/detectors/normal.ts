import { IntervalTracker } from '../../src/features/intervalTracker.js';
import type { OtRecord } from '../../src/features/otRecord.js';
import { relationKey, sequenceKey } from '../../src/features/relation.js';

/** Fewer held-out rows tell too little of what is normal. */
const ROWS_AT_LEAST = 100;
/** Seconds; longer pauses lie between recorded stretches. */
const SHORT = 600;

/** What is changed: polled sequences, pages that people turn, connections with bytes, or one entry a relation. */
export type Kind = 'sequence' | 'paged' | 'connections' | 'relation';

/** What follows each other in a cycle (a function that is read twice) stays in that order. */
export function courseOf(stretches: readonly (readonly number[])[], random: () => number): () => number {
  let [stretch, next]: [readonly number[], number] = [[], 0];
  return () => {
    if (next === stretch.length) {
      stretch = stretches[Math.floor(random() * stretches.length)] ?? [1];
      next = 0;
    }
    return stretch[next++] as number;
  };
}

export function quantile(values: readonly number[], q: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.floor(q * ascending.length)] ?? 0;
}

/** Of a sequence or relation in the held-out month. */
export interface Normal {
  /** intervals (s) that follow each other; none of a stretch that has none */
  readonly stretches: number[][];
  readonly rows: OtRecord[];
}

/** Polled sequences (at least a poll in ten minutes while seen), connections with bytes, and one entry a relation. */
export function normalByKey(
  records: readonly OtRecord[],
  isPolled: (record: OtRecord) => boolean,
): Readonly<Record<Kind, ReadonlyMap<string, Normal>>> {
  const tracker = new IntervalTracker();
  const sequences = new Map<string, Normal>();
  for (const record of records) {
    if (record.kind === 'response' || record.kind === 'item') continue;
    const { interval } = tracker.advance(record);
    const key = sequenceKey(record);
    const normal = sequences.get(key) ?? { stretches: [], rows: [] };
    sequences.set(key, normal);
    normal.rows.push(record);
    if (interval === undefined || interval >= SHORT) normal.stretches.push([]);
    else normal.stretches[normal.stretches.length - 1]?.push(interval);
  }
  for (const [key, { stretches, rows }] of sequences)
    sequences.set(key, { stretches: stretches.filter(({ length }) => length > 0), rows });
  const polled = [...sequences].filter(([, { stretches }]) => stretches.flat().length >= ROWS_AT_LEAST);
  const connections = polled.filter(([, { rows }]) => rows[0]?.kind === 'connection');
  const byRelation = new Map(polled.map(([, normal]) => [relationKey(normal.rows[0] as OtRecord), normal]));
  const requests = polled.filter(([, { rows }]) => rows[0]?.kind !== 'connection');
  return {
    sequence: new Map(requests.filter(([, { rows }]) => isPolled(rows[0] as OtRecord))),
    paged: new Map(requests.filter(([, { rows }]) => !isPolled(rows[0] as OtRecord))),
    connections: new Map(connections),
    relation: byRelation,
  };
}
