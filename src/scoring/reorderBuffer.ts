/** Something with a time, from a stream with a clock of its own. */
export interface Timed {
  /** seconds since the epoch */
  readonly ts: number;
  /** seconds since the epoch at which it arrived in Elasticsearch */
  readonly arrivedAt: number;
  /** rows of one stream (a sensor's log) share a watermark; another stream's clock doesn't move it */
  readonly stream: string;
}

/** A row that waits, and its place in the order of arrival. A stream's are kept in order of time. */
interface Held<T> {
  readonly row: T;
  readonly order: number;
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
  readonly #pending = new Map<string, Held<T>[]>();
  /** held rows so far: their order of arrival */
  #held = 0;
  /** waited long enough; to be released before anything else */
  #due: Held<T>[] = [];
  /** stream → seconds since the epoch before which none of its waiting rows arrived */
  readonly #oldest = new Map<string, number>();
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

  /** In order of arrival. */
  pending(): readonly T[] {
    const held = [...this.#due, ...this.#pending.values()].flat();
    return held.sort((a, b) => a.order - b.order).map(({ row }) => row);
  }

  /** stream → newest time: what has to survive a restart beside the pending rows */
  newest(): readonly (readonly [string, number])[] {
    return [...this.#newest];
  }

  restore(newest: readonly (readonly [string, number])[], pending: readonly T[]): void {
    for (const [stream, time] of newest) this.#newest.set(stream, time);
    for (const row of pending) this.#hold(row);
  }

  /** Rows come nearly in order of time, so their place is at the end or close to it. */
  #hold(row: T): void {
    const held = { row, order: this.#held++ };
    this.#size += 1;
    const rows = this.#pending.get(row.stream);
    const oldest = rows === undefined ? undefined : this.#oldest.get(row.stream);
    if (oldest === undefined || row.arrivedAt < oldest) this.#oldest.set(row.stream, row.arrivedAt);
    if (rows === undefined) {
      this.#pending.set(row.stream, [held]);
      return;
    }
    const last = rows[rows.length - 1];
    if (last === undefined || last.row.ts <= row.ts) rows.push(held);
    else rows.splice(countUntil(rows, row.ts), 0, held);
  }

  /**
   * Lets go of what has waited long enough by `clock`, as if each row had been let go at the very end of its wait:
   * with it goes every row of an earlier time that had arrived by then.
   */
  #expire(stream: string, clock: number): void {
    const byTime = this.#pending.get(stream);
    const horizon = clock - this.#patience;
    if (byTime === undefined || (this.#oldest.get(stream) ?? horizon) >= horizon) return;
    const kept = new Set(byTime);
    let passed: Held<T>[] = []; // of an earlier time than what was let go, arrived after that
    let next = 0;
    for (const held of [...byTime].sort((a, b) => a.order - b.order)) {
      if (held.row.arrivedAt >= horizon || !kept.has(held)) continue;
      const candidates = passed;
      passed = [];
      for (
        let other = byTime[next];
        other !== undefined && other.row.ts <= held.row.ts;
        other = byTime[++next]
      )
        candidates.push(other);
      for (const other of candidates) {
        if (other.row.arrivedAt > held.row.arrivedAt + this.#patience) passed.push(other);
        else {
          kept.delete(other);
          this.#due.push(other);
        }
      }
    }
    let oldest = Number.POSITIVE_INFINITY;
    for (const { row } of kept) oldest = Math.min(oldest, row.arrivedAt);
    this.#oldest.set(stream, oldest);
    if (kept.size < byTime.length) this.#replace(stream, [...kept]);
  }

  #take(watermarkOf: (stream: string) => number): T[] {
    const taken: Held<T>[] = [];
    for (const [stream, rows] of this.#pending) {
      const passed = countUntil(rows, watermarkOf(stream));
      if (passed === 0) continue;
      for (const held of rows.splice(0, passed)) taken.push(held); // in place: what stays is many times what goes
      this.#replace(stream, rows);
    }
    const released = [...this.#due, ...taken.sort((a, b) => a.row.ts - b.row.ts)];
    this.#due = [];
    this.#size -= released.length;
    return released.map(({ row }) => row);
  }

  #replace(stream: string, rows: Held<T>[]): void {
    if (rows.length > 0) this.#pending.set(stream, rows);
    else {
      this.#pending.delete(stream);
      this.#oldest.delete(stream);
    }
  }

  #forgetOldest(): void {
    const oldest = this.#newest.keys().next().value;
    if (oldest !== undefined) this.#newest.delete(oldest);
  }
}

/** @returns how many of the rows, in order of time, are of `ts` or before it */
function countUntil(rows: readonly Held<Timed>[], ts: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as Held<Timed>).row.ts <= ts) low = middle + 1;
    else high = middle;
  }
  return low;
}
