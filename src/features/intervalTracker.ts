import { Memory } from './memory.js';
import type { OtRecord } from './otRecord.js';
import { sequenceKey } from './relation.js';

/** What is remembered of a sequence: time (s) and connection of its newest request, and the connection before that one. */
export type SequenceState = readonly [ts: number, uid: string, before?: string | undefined];

/** What a record's intervals are counted in (features/relation.ts), and whether it is the baseline's. */
export interface Sequence {
  readonly key: string;
  readonly isKnown: boolean;
}

/** Sequences that no baseline knows: enough for a hundred new controllers, 2 MB. */
const STRANGERS = 5_000;

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
 * Memory is bounded: beyond `capacity` sequences those that were quiet longest are forgotten, and of sequences that
 * nobody knows beyond `strangers`, so that an intruder's neither fill memory nor push a plant's own out of it.
 */
export class IntervalTracker {
  readonly #sequences: Memory<SequenceState>;
  readonly #strangers: Memory<SequenceState>;
  readonly #sequenceOf: (record: OtRecord) => Sequence;
  readonly #isKnown: (key: string) => boolean;

  /** Without a baseline all sequences are alike. */
  constructor(
    sequenceOf: (record: OtRecord) => Sequence = (record) => ({ key: sequenceKey(record), isKnown: true }),
    isKnown: (key: string) => boolean = () => true,
    capacity = 200_000,
    strangers = STRANGERS,
  ) {
    this.#sequenceOf = sequenceOf;
    this.#isKnown = isKnown;
    this.#sequences = new Memory(capacity);
    this.#strangers = new Memory(strangers);
  }

  /** @returns seconds since the previous request of the same sequence, or undefined where there is none */
  next(record: OtRecord): number | undefined {
    return this.advance(record).interval;
  }

  /** @returns the interval as `next` does, and whether the sequence had already passed this time */
  advance(record: OtRecord): { readonly interval: number | undefined; readonly stale: boolean } {
    if (record.kind === 'response' || record.kind === 'item') return { interval: undefined, stale: false };
    const { key, isKnown } = this.#sequenceOf(record);
    const memory = isKnown ? this.#sequences : this.#strangers;
    const previous = memory.get(key);
    if (previous !== undefined && record.ts <= previous[0]) return { interval: undefined, stale: true };
    const [before, uid, uidBefore] = previous ?? [];
    const isNewUid = record.kind !== 'connection' && uid !== record.uid;
    memory.set(key, sequenceState(record, isNewUid ? uid : uidBefore));
    if (before === undefined || (isNewUid && uidBefore !== record.uid))
      return { interval: undefined, stale: false };
    return { interval: record.ts - before, stale: false };
  }

  entries(): readonly (readonly [string, SequenceState])[] {
    return [...this.#strangers.entries(), ...this.#sequences.entries()];
  }

  restore(entries: readonly (readonly [string, SequenceState])[]): void {
    this.#sequences.restore(entries.filter(([key]) => this.#isKnown(key)));
    this.#strangers.restore(entries.filter(([key]) => !this.#isKnown(key)));
  }
}

function sequenceState({ ts, uid, kind }: OtRecord, before: string | undefined): SequenceState {
  return before === undefined || kind === 'connection' ? [ts, uid] : [ts, uid, before];
}
