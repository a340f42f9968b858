import { Memory } from './memory.js';
import type { OtRecord } from './otRecord.js';
import { sequenceKey } from './relation.js';

/** What is remembered of a sequence: time (s) and connection of its newest request, and the connection before that one. */
export type SequenceState = readonly [ts: number, uid: string, before?: string | undefined];

/**
 * Turns an ordered stream of rows into intervals (s) between requests of the same sequence.
 *
 * A sequence restarts at each Zeek uid, since a reconnect's pause says nothing about polling. A connection that comes
 * back after another one was no reconnect: two are open side by side, and their requests are one sequence, so that a
 * second client under a known address shows in the rhythm. conn.log rows
 * are their own connection each, so there the interval is between connections of the relation, which is the
 * polling interval of a master that connects for every poll. Responses have no interval, nor
 * have the objects of one message. A row at or before
 * the newest one of its sequence is late (or read twice) and yields none.
 *
 * Memory is bounded: beyond `capacity` sequences those that were quiet longest are forgotten.
 */
export class IntervalTracker {
  readonly #sequences: Memory<SequenceState>;

  constructor(capacity = 200_000) {
    this.#sequences = new Memory(capacity);
  }

  /** @returns seconds since the previous request of the same sequence, or undefined where there is none */
  next(record: OtRecord): number | undefined {
    return this.advance(record).interval;
  }

  /** @returns the interval as `next` does, and whether the sequence had already passed this time */
  advance(record: OtRecord): { readonly interval: number | undefined; readonly stale: boolean } {
    if (record.kind === 'response' || record.kind === 'item') return { interval: undefined, stale: false };
    const key = sequenceKey(record);
    const previous = this.#sequences.get(key);
    if (previous !== undefined && record.ts <= previous[0]) return { interval: undefined, stale: true };
    const [before, uid, uidBefore] = previous ?? [];
    const isNewUid = record.kind !== 'connection' && uid !== record.uid;
    this.#sequences.set(key, sequenceState(record, isNewUid ? uid : uidBefore));
    if (before === undefined || (isNewUid && uidBefore !== record.uid))
      return { interval: undefined, stale: false };
    return { interval: record.ts - before, stale: false };
  }

  entries(): readonly (readonly [string, SequenceState])[] {
    return this.#sequences.entries();
  }

  restore(entries: readonly (readonly [string, SequenceState])[]): void {
    this.#sequences.restore(entries);
  }
}

function sequenceState({ ts, uid, kind }: OtRecord, before: string | undefined): SequenceState {
  return before === undefined || kind === 'connection' ? [ts, uid] : [ts, uid, before];
}
