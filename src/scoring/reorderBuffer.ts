/** Something with a time, from a stream with a clock of its own. */
export interface Timed {
  /** seconds since the epoch */
  readonly ts: number;
  /** seconds since the epoch at which it arrived in Elasticsearch */
  readonly arrivedAt: number;
  /** rows of one stream (a sensor's log) share a watermark; another stream's clock doesn't move it */
  readonly stream: string;
}

/** Streams whose newest time is remembered; beyond that the one that was quiet longest is forgotten. */
const STREAMS_REMEMBERED = 10_000;

/**
 * Puts rows back in order of time behind a watermark: a stream's newest time less the stated lateness.
 *
 * A row is released once the watermark has passed it, or once it has waited for twice that and a second by
 * the clock of arrivals (its stream may have gone quiet). One that arrives behind the watermark is late: it can't
 * change anything that needs order. A time ahead of its arrival (a clock that runs fast) moves the watermark
 * no further than the arrival.
 *
 * What is released within a stream, and in which order, depends on the order of arrival alone, never on how
 * arrivals were cut into pages.
 */
export class ReorderBuffer<T extends Timed> {
  readonly #lateness: number;
  readonly #patience: number;
  readonly #newest = new Map<string, number>();
  readonly #pending = new Map<string, T[]>();
  /** waited long enough; to be released before anything else */
  #due: T[] = [];
  #size = 0;
  #clock = Number.NEGATIVE_INFINITY;

  /** @param lateness seconds by which a row may come after a newer one of its stream */
  constructor(lateness: number) {
    this.#lateness = lateness;
    this.#patience = 2 * lateness + 1; // a stream that goes on passes its rows sooner
  }

  get size(): number {
    return this.#size;
  }

  /** @returns false if the row is late; it isn't kept then */
  push(row: T): boolean {
    const newest = this.#newest.get(row.stream) ?? Number.NEGATIVE_INFINITY;
    if (row.ts < newest - this.#lateness) return false;
    this.#clock = Math.max(this.#clock, row.arrivedAt);
    this.#expire(row.stream, row.arrivedAt);
    this.#newest.delete(row.stream);
    this.#newest.set(row.stream, Math.max(newest, Math.min(row.ts, row.arrivedAt)));
    if (this.#newest.size > STREAMS_REMEMBERED) this.#forgetOldest();
    this.#hold(row);
    return true;
  }

  /** Rows that the watermark has passed, in order of time; rows of equal time keep their order of arrival. */
  release(clock = this.#clock): T[] {
    this.#clock = Math.max(this.#clock, clock);
    for (const stream of [...this.#pending.keys()]) this.#expire(stream, this.#clock);
    return this.#take((stream) => (this.#newest.get(stream) ?? Number.NEGATIVE_INFINITY) - this.#lateness);
  }

  /** Every pending row: the input has ended. */
  flush(): T[] {
    return this.#take(() => Number.POSITIVE_INFINITY);
  }

  *pending(): Generator<T> {
    for (const rows of this.#pending.values()) yield* rows;
    yield* this.#due;
  }

  /** stream → newest time: what has to survive a restart beside the pending rows */
  newest(): readonly (readonly [string, number])[] {
    return [...this.#newest];
  }

  restore(newest: readonly (readonly [string, number])[], pending: readonly T[]): void {
    for (const [stream, time] of newest) this.#newest.set(stream, time);
    for (const row of pending) this.#hold(row);
  }

  #hold(row: T): void {
    const rows = this.#pending.get(row.stream);
    if (rows === undefined) this.#pending.set(row.stream, [row]);
    else rows.push(row);
    this.#size += 1;
  }

  /**
   * Lets go of what has waited long enough by `clock`, as if each row had been let go at the very end of its wait:
   * with it goes every row of an earlier time that had arrived by then.
   */
  #expire(stream: string, clock: number): void {
    const rows = this.#pending.get(stream);
    const horizon = clock - this.#patience;
    if (rows?.[0] === undefined || rows[0].arrivedAt >= horizon) return;
    const kept = new Set(rows);
    const byTime = [...rows].sort((a, b) => a.ts - b.ts);
    let passed: T[] = []; // of an earlier time than what was let go, arrived after that
    let next = 0;
    for (const row of rows) {
      if (row.arrivedAt >= horizon || !kept.has(row)) continue;
      const candidates = passed;
      passed = [];
      for (let other = byTime[next]; other !== undefined && other.ts <= row.ts; other = byTime[++next])
        candidates.push(other);
      for (const other of candidates) {
        if (other.arrivedAt > row.arrivedAt + this.#patience) passed.push(other);
        else {
          kept.delete(other);
          this.#due.push(other);
        }
      }
    }
    this.#replace(stream, [...kept]);
  }

  #take(watermarkOf: (stream: string) => number): T[] {
    const taken: T[] = [];
    for (const [stream, rows] of this.#pending) {
      const watermark = watermarkOf(stream);
      const kept: T[] = [];
      for (const row of rows) (row.ts <= watermark ? taken : kept).push(row);
      if (kept.length < rows.length) this.#replace(stream, kept);
    }
    const released = [...this.#due, ...taken.sort((a, b) => a.ts - b.ts)];
    this.#due = [];
    this.#size -= released.length;
    return released;
  }

  #replace(stream: string, rows: T[]): void {
    if (rows.length > 0) this.#pending.set(stream, rows);
    else this.#pending.delete(stream);
  }

  #forgetOldest(): void {
    const oldest = this.#newest.keys().next().value;
    if (oldest !== undefined) this.#newest.delete(oldest);
  }
}
