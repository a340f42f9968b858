import { groupKey, relationKey } from '../../features/relation.js';
import { PART_SECONDS, PARTS_OF_HOUR } from './partsOfHour.js';
import { SpanBits } from './spanBits.js';
import type { HourCount } from './structureCounts.js';

/** A relation is watched for silence when it was present in this share of all hours with data. */
const PRESENT_SHARE = 0.95;
/** No silence is shorter than ten minutes, nor than so many of the relation's mean periods. */
const SECONDS_AT_LEAST = 600;
const PERIODS_AT_LEAST = 20;
/** A silence has to be this many times as long as the baseline's longest gap. */
const TIMES_THE_GAP = 2;

interface Steadiness {
  readonly relation: string;
  hours: number;
  rows: number;
  fewest: number;
}

/** Finds, from exact counts an hour and which parts of it hold rows, after how long each steady relation counts as silent. */
export class SilenceLimits {
  readonly #groups = new Map<string, Steadiness>();
  readonly #present: SpanBits;

  /** @param from seconds since the epoch, the window's start */
  constructor(from: number) {
    this.#present = new SpanBits(from, PART_SECONDS);
  }

  add({ record, hour, rows, parts }: Pick<HourCount, 'record' | 'hour' | 'rows' | 'parts'>): void {
    const key = groupKey(record);
    this.#present.add(key, hour * PARTS_OF_HOUR, parts);
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
    const partsWithData = this.#present.all();
    const order = new Map(partsWithData.map((part, i) => [part, i]));
    for (const [key, parts] of this.#present.entries()) {
      const group = this.#groups.get(key);
      if (group === undefined || group.hours < PRESENT_SHARE * hoursWithData.length) continue;
      const limit = limitOf(group, longestAbsence(parts, order, partsWithData.length));
      limits.set(group.relation, Math.min(limit, limits.get(group.relation) ?? Number.POSITIVE_INFINITY));
    }
    return Object.fromEntries([...limits].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/**
 * A gap over `absent` whole parts is longer than these and shorter than two more. Where no part was empty, an hour that held fewer rows than
 * the mean had gaps of that share, none of them longer than two parts.
 */
function limitOf({ rows, hours, fewest }: Steadiness, absent: number): number {
  const mean = rows / hours;
  const gap =
    absent > 0
      ? (absent + 1) * PART_SECONDS
      : Math.min(2 * PART_SECONDS, (1 - Math.min(1, fewest / mean)) * 3600);
  return Math.ceil(Math.max(SECONDS_AT_LEAST, (PERIODS_AT_LEAST * 3600) / mean, TIMES_THE_GAP * gap));
}

/** Parts with data that passed in a row without the group. */
function longestAbsence(parts: readonly number[], order: ReadonlyMap<number, number>, total: number): number {
  let longest = 0;
  let previous = -1;
  for (const part of parts) {
    const at = order.get(part) ?? previous;
    longest = Math.max(longest, at - previous - 1);
    previous = at;
  }
  return Math.max(longest, total - previous - 1);
}
