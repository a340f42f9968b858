/** Something with a time, from a stream with a clock of its own. */
export interface Timed {
  /** seconds since the epoch */
  readonly ts: number;
  /** seconds since the epoch at which it arrived in Elasticsearch */
  readonly arrivedAt: number;
  /** rows of one stream (a sensor's log) share a watermark; another stream's clock doesn't move it */
  readonly stream: string;
}

/**
 * Puts rows back in order of time behind a watermark: a stream's newest time less the stated lateness.
 *
 * A row is released once the watermark has passed it. One that arrives behind the watermark is late: it can't
 * change anything that needs order. A time ahead of its arrival (a clock that runs fast) moves the watermark
 * no further than the arrival.
 */
export class ReorderBuffer<T extends Timed> {
  readonly #lateness: number;
  readonly #newest = new Map<string, number>();
  readonly #pending = new Map<string, T[]>();
  #size = 0;

  /** @param lateness seconds by which a row may come after a newer one of its stream */
  constructor(lateness: number) {
    this.#lateness = lateness;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns false if the row is late; it isn't kept then */
  push(row: T): boolean {
    const newest = this.#newest.get(row.stream) ?? Number.NEGATIVE_INFINITY;
    if (row.ts < newest - this.#lateness) return false;
    this.#newest.set(row.stream, Math.max(newest, Math.min(row.ts, row.arrivedAt)));
    const rows = this.#pending.get(row.stream);
    if (rows === undefined) this.#pending.set(row.stream, [row]);
    else rows.push(row);
    this.#size += 1;
    return true;
  }

  /** Rows that the watermark has passed, in order of time; rows of equal time keep their order of arrival. */
  release(): T[] {
    return this.#take((stream) => (this.#newest.get(stream) ?? Number.NEGATIVE_INFINITY) - this.#lateness);
  }

  /** Every pending row: nothing newer came for so long that waiting has no point. */
  flush(): T[] {
    return this.#take(() => Number.POSITIVE_INFINITY);
  }

  *pending(): Generator<T> {
    for (const rows of this.#pending.values()) yield* rows;
  }

  #take(watermarkOf: (stream: string) => number): T[] {
    const taken: T[] = [];
    for (const [stream, rows] of this.#pending) {
      const watermark = watermarkOf(stream);
      const kept: T[] = [];
      for (const row of rows) (row.ts <= watermark ? taken : kept).push(row);
      if (kept.length > 0) this.#pending.set(stream, kept);
      else this.#pending.delete(stream);
    }
    this.#size -= taken.length;
    return taken.sort((a, b) => a.ts - b.ts);
  }
}
