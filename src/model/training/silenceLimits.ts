import { groupKey, relationKey } from '../../features/relation.js';
import { HourBits } from './hourBits.js';
import type { HourCount } from './structureCounts.js';

/** A relation is watched for silence when it was present in this share of all hours with data. */
const PRESENT_SHARE = 0.95;
/** No silence is shorter than ten minutes, nor than so many of the relation's mean periods. */
const SECONDS_AT_LEAST = 600;
const PERIODS_AT_LEAST = 20;
/** An hour that held fewer rows than the mean had a gap of that share; a silence has to be this many times as long. */
const TIMES_THE_GAP = 2;

interface Steadiness {
  readonly relation: string;
  hours: number;
  rows: number;
  fewest: number;
}

/** Finds, from exact counts an hour, after how long each steady relation counts as silent. */
export class SilenceLimits {
  readonly #groups = new Map<string, Steadiness>();
  readonly #present: HourBits;

  /** @param from seconds since the epoch, the window's start */
  constructor(from: number) {
    this.#present = new HourBits(from);
  }

  add({ record, hour, rows }: HourCount): void {
    const key = groupKey(record);
    this.#present.add(key, hour);
    const group = this.#groups.get(key);
    if (group === undefined)
      this.#groups.set(key, { relation: relationKey(record), hours: 1, rows, fewest: rows });
    else {
      group.hours += 1;
      group.rows += rows;
      group.fewest = Math.min(group.fewest, rows);
    }
  }

  /**
   * @param hoursWithData hours since the epoch in which anything at all was logged, ascending
   * @returns relation key → seconds; relations that come and go are left out
   */
  limits(hoursWithData: readonly number[]): Record<string, number> {
    const limits = new Map<string, number>();
    const order = new Map(hoursWithData.map((hour, i) => [hour, i]));
    for (const [key, hours] of this.#present.entries()) {
      const group = this.#groups.get(key);
      if (group === undefined || hours.length < PRESENT_SHARE * hoursWithData.length) continue;
      const limit = limitOf(group, longestAbsence(hours, order, hoursWithData.length));
      limits.set(group.relation, Math.min(limit, limits.get(group.relation) ?? Number.POSITIVE_INFINITY));
    }
    return Object.fromEntries([...limits].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function limitOf({ rows, hours, fewest }: Steadiness, absentHours: number): number {
  const mean = rows / hours;
  const gap = absentHours > 0 ? (absentHours + 1) * 3600 : (1 - Math.min(1, fewest / mean)) * 3600;
  return Math.ceil(Math.max(SECONDS_AT_LEAST, (PERIODS_AT_LEAST * 3600) / mean, TIMES_THE_GAP * gap));
}

/** Hours with data that passed in a row without the group. */
function longestAbsence(hours: readonly number[], order: ReadonlyMap<number, number>, total: number): number {
  let longest = 0;
  let previous = -1;
  for (const hour of hours) {
    const at = order.get(hour) ?? previous;
    longest = Math.max(longest, at - previous - 1);
    previous = at;
  }
  return Math.max(longest, total - previous - 1);
}
