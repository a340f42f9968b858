import type { StretchPlan } from '../../src/model/training/stretchPlan.js';
import type { Stretches } from '../../src/simulator/index.js';

const MICROSECONDS = 1e6;
/** A row lies at most so many of its cycle's periods from the cycle's place: requests that are late, one after the other. */
const PERIODS = 3;

/**
 * Decides, while an activity is simulated, which of its polling cycles a sample needs: in each span those from its beginning on,
 * until every group that is to be sampled has its rows and none that is still to come could be earlier than those.
 */
export class SpanFiller {
  readonly #plan: StretchPlan;
  readonly #begin: number;
  readonly #groups: readonly string[];
  /** by group and span: rows that came, and the latest time (s) of the first of them that fill it */
  readonly #filled = new Map<string, Map<number, { rows: number; until: number }>>();

  /** @param begin seconds by which spans are moved */
  constructor(plan: StretchPlan, begin: number, groups: ReadonlySet<string>) {
    this.#plan = plan;
    this.#begin = begin;
    this.#groups = [...groups];
    for (const key of groups) this.#filled.set(key, new Map());
  }

  /** Takes note of a request. @param ts seconds; @returns the number of its span */
  add(group: string, ts: number): number {
    const span = this.#spanAt(ts);
    const spans = this.#filled.get(group);
    const filled = spans?.get(span);
    if (filled === undefined) spans?.set(span, { rows: 1, until: ts });
    else if (filled.rows < this.#plan.rows) {
      filled.rows += 1;
      filled.until = Math.max(filled.until, ts);
    }
    return span;
  }

  /** @param period of the polling, microseconds */
  stretches(period: number): Stretches {
    const reach = (PERIODS * period) / MICROSECONDS;
    return (microseconds) => {
      const at = microseconds / MICROSECONDS;
      const last = this.#spanAt(at + reach);
      for (let span = this.#spanAt(at - reach); span <= last; span++)
        if (!this.#isFull(span, at - reach)) return { from: microseconds, to: microseconds + 1 };
      const next = this.#begin + (last + 1) * this.#plan.seconds - reach;
      const from = Math.max(microseconds + 1, Math.floor(next * MICROSECONDS));
      return { from, to: from };
    };
  }

  #spanAt(ts: number): number {
    return Math.floor((ts - this.#begin) / this.#plan.seconds);
  }

  #isFull(span: number, before: number): boolean {
    return this.#groups.every((key) => {
      const filled = this.#filled.get(key)?.get(span);
      return filled !== undefined && filled.rows >= this.#plan.rows && filled.until < before;
    });
  }
}
