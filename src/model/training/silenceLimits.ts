import { groupKey, relationKey } from '../../features/relation.js';
import { HourBits } from './hourBits.js';
import { PART_SECONDS, partsOfHours } from './partsOfHour.js';
import type { HourCount } from './structureCounts.js';
import type { Group } from './train.js';

/** A relation is watched for silence when it was present in this share of all hours with data. */
const PRESENT_SHARE = 0.95;
/** No silence is shorter than ten minutes, nor than so many of the relation's mean periods. */
const SECONDS_AT_LEAST = 600;
const PERIODS_AT_LEAST = 20;
/** A silence has to be this many times as long as the baseline's longest gap. */
const TIMES_THE_GAP = 2;

interface Steadiness extends Group {
  rows: number;
  fewest: number;
}

/** Parts of so many groups are asked for at once. */
const AT_ONCE = 4;

/** Finds after how long each steady relation counts as silent: from exact counts an hour, and which five minutes hold its rows. */
export class SilenceLimits {
  readonly #groups = new Map<string, Steadiness>();
  readonly #present: HourBits;

  /** @param from seconds since the epoch, the window's start */
  constructor(from: number) {
    this.#present = new HourBits(from);
  }

  add({ record, hour, rows }: Pick<HourCount, 'record' | 'hour' | 'rows'>): void {
    const key = groupKey(record);
    this.#present.add(key, hour);
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { example: record, rows, fewest: rows });
    else {
      group.rows += rows;
      group.fewest = Math.min(group.fewest, rows);
    }
  }

  /**
   * @param hoursWithData hours since the epoch in which anything at all was logged, ascending; a capture may begin and end
   *   amid an hour, so what is before any steady group's first row and after the last one's is nobody's pause
   * @param partsOf see `BaselineSource.parts`; asked only of groups that were there in nearly every hour
   * @returns relation key → seconds; relations that come and go are left out
   */
  async limits(
    hoursWithData: readonly number[],
    partsOf: (group: Group) => Promise<readonly number[]>,
  ): Promise<Record<string, number>> {
    const order = new Map(partsOfHours(hoursWithData).map((part, i) => [part, i]));
    const steady = [...this.#present.entries()].flatMap(([key, { length: hours }]) => {
      const group = this.#groups.get(key);
      return group === undefined || hours < PRESENT_SHARE * hoursWithData.length ? [] : [{ group, hours }];
    });
    const absences: Absence[] = [];
    for (let i = 0; i < steady.length; i += AT_ONCE) {
      const some = steady.slice(i, i + AT_ONCE);
      absences.push(
        ...(await Promise.all(some.map(async ({ group }) => absenceOf(await partsOf(group), order)))),
      );
    }
    const before = absences.reduce((least, one) => Math.min(least, one.before), order.size);
    const after = absences.reduce((least, one) => Math.min(least, one.after), order.size);
    const limits = new Map<string, number>();
    for (const [i, { group, hours }] of steady.entries()) {
      const own = absences[i];
      if (own === undefined) continue;
      const absent = Math.max(own.between, own.before - before, own.after - after);
      const limit = limitOf(group, hours, absent);
      const relation = relationKey(group.example);
      limits.set(relation, Math.min(limit, limits.get(relation) ?? Number.POSITIVE_INFINITY));
    }
    return Object.fromEntries([...limits].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/**
 * A gap over `absent` whole parts is longer than these and shorter than two more. Where no part was empty, an hour that held fewer rows than
 * the mean had gaps of that share, none of them longer than two parts.
 */
function limitOf({ rows, fewest }: Steadiness, hours: number, absent: number): number {
  const mean = rows / hours;
  const gap =
    absent > 0
      ? (absent + 1) * PART_SECONDS
      : Math.min(2 * PART_SECONDS, (1 - Math.min(1, fewest / mean)) * 3600);
  return Math.ceil(Math.max(SECONDS_AT_LEAST, (PERIODS_AT_LEAST * 3600) / mean, TIMES_THE_GAP * gap));
}

/** Parts of hours with data that passed in a row without a group: before its first row, between two of them at most, after its last one. */
interface Absence {
  readonly before: number;
  readonly between: number;
  readonly after: number;
}

function absenceOf(parts: readonly number[], order: ReadonlyMap<number, number>): Absence {
  const places = parts.flatMap((part) => order.get(part) ?? []);
  const between = places.reduce((longest, at, i) => Math.max(longest, at - (places[i - 1] ?? at) - 1), 0);
  const before = places[0] ?? order.size;
  return { before, between, after: order.size - 1 - (places[places.length - 1] ?? -1) };
}
