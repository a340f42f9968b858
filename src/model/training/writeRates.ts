import { groupKey } from '../../features/relation.js';
import { isWriteRequest, type MostRequests, WINDOWS } from '../writeRate.js';
import type { HourCount } from './structureCounts.js';

/** A relation that wrote on fewer days (a yearly calibration) doesn't tell how much it may write: it gets no limit. */
const DAYS_AT_LEAST = 5;

/** Finds, from exact counts an hour, how much each relation writes at most, by function. */
export class WriteRates {
  readonly #hours = new Map<string, Map<number, number>>();

  add({ record, hour, requests }: Pick<HourCount, 'record' | 'hour' | 'requests'>): void {
    if (requests === 0 || !isWriteRequest({ ...record, kind: 'request' })) return;
    const key = groupKey(record);
    const hours = this.#hours.get(key) ?? new Map<number, number>();
    this.#hours.set(key, hours);
    hours.set(hour, (hours.get(hour) ?? 0) + requests);
  }

  /** @returns log|relation|functionCode → the most requests by window (`WINDOWS`) */
  most(): Record<string, number[]> {
    return Object.fromEntries(
      [...this.#hours]
        .filter(
          ([, hours]) =>
            new Set([...hours.keys()].map((hour) => Math.floor(hour / 24))).size >= DAYS_AT_LEAST,
        )
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, hours]) => [key, [...mostOf(hours)]]),
    );
  }
}

function mostOf(counts: ReadonlyMap<number, number>): MostRequests {
  const hours = [...counts].sort(([a], [b]) => a - b);
  return WINDOWS.map(({ hours: length }) => {
    let [first, sum, most] = [0, 0, 0];
    for (const [hour, n] of hours) {
      sum += n;
      for (let begin = hours[first]; begin !== undefined && begin[0] <= hour - length; begin = hours[++first])
        sum -= begin[1];
      most = Math.max(most, sum);
    }
    return most;
  });
}
