import type { ArrivalStep } from './arrivalHistogram.js';

/** So much of what was read before is read once more when one document of it was not. */
export const STEP_MS = 100;

/** How many rows were taken in of each STEP_MS of arrivals: tells where in an overlap Elasticsearch has more. */
export class TakenRows {
  readonly #steps = new Map<number, number>();

  /** @param arrivedAt seconds since the epoch, to the millisecond */
  add(arrivedAt: number): void {
    const at = startOfStep(arrivedAt);
    this.#steps.set(at, (this.#steps.get(at) ?? 0) + 1);
  }

  /**
   * @param found what Elasticsearch has, in order of time
   * @returns when the first step begins of which it has more, seconds since the epoch; undefined: of none
   */
  firstLacking(found: readonly ArrivalStep[]): number | undefined {
    const lacking = found.find(({ at, documents }) => documents > (this.#steps.get(at) ?? 0));
    return lacking === undefined ? undefined : lacking.at / 1000;
  }

  /** Steps before that are no longer asked about; seconds since the epoch. */
  forget(before: number): void {
    for (const at of this.#steps.keys()) if (at < startOfStep(before)) this.#steps.delete(at);
  }
}

/** When the step begins in which these seconds since the epoch lie, in milliseconds. */
export function startOfStep(seconds: number): number {
  return Math.floor(Math.round(seconds * 1000) / STEP_MS) * STEP_MS;
}
