import type { OtRecord } from './otRecord.js';
import { sequenceKey } from './relation.js';

/** What is remembered of a sequence: the time (s) and connection of its newest request. */
export type SequenceState = readonly [ts: number, uid: string];

/**
 * Turns an ordered stream of rows into intervals (s) between requests of the same sequence.
 *
 * A sequence restarts at each Zeek uid, since a reconnect's pause says nothing about polling; conn.log rows
 * are their own connection each, so there the interval is between connections of the relation, which is the
 * polling interval of a master that connects for every poll. Responses have no interval, nor
 * have the objects of one message. A row at or before
 * the newest one of its sequence is late (or read twice) and yields none.
 *
 * Memory is bounded: beyond `capacity` sequences the one that was quiet longest is forgotten.
 */
export class IntervalTracker {
  readonly #sequences = new Map<string, SequenceState>();
  readonly #capacity: number;

  constructor(capacity = 200_000) {
    this.#capacity = capacity;
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
    this.#sequences.delete(key);
    this.#sequences.set(key, [record.ts, record.uid]);
    if (this.#sequences.size > this.#capacity) this.#forgetOldest();
    if (previous === undefined) return { interval: undefined, stale: false };
    if (record.kind !== 'connection' && previous[1] !== record.uid)
      return { interval: undefined, stale: false };
    return { interval: record.ts - previous[0], stale: false };
  }

  entries(): readonly (readonly [string, SequenceState])[] {
    return [...this.#sequences];
  }

  restore(entries: readonly (readonly [string, SequenceState])[]): void {
    this.#sequences.clear();
    for (const [key, state] of entries) this.#sequences.set(key, state);
  }

  #forgetOldest(): void {
    const oldest = this.#sequences.keys().next().value;
    if (oldest !== undefined) this.#sequences.delete(oldest);
  }
}
