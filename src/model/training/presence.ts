import { structureKeys } from '../../features/relation.js';
import {
  countHours,
  HOURS_OF_WEEK,
  hasHour,
  hourOfWeek,
  onLikeDays,
  type WeekHours,
  weekOf,
  widened,
} from '../hoursOfWeek.js';
import { HourBits } from './hourBits.js';
import { HELD_OUT_SHARE } from './pooledCutOff.js';
import type { HourCount } from './structureCounts.js';

/** Fewer weeks say nothing of a weekly habit. */
const WEEKS_AT_LEAST = 4;
/** Nor do fewer hours in all. */
const HOURS_AT_LEAST = 8;
/** Who is there in most hours of the week has no habit that a visit could break. */
const HABIT_AT_MOST = HOURS_OF_WEEK / 2;

/** From the narrowest habit to the widest: the same hours of the week, then the same hours of like days. */
const HABITS: readonly ((hours: WeekHours) => WeekHours)[] = [
  (hours) => widened(hours, 1),
  (hours) => widened(hours, 2),
  (hours) => widened(onLikeDays(hours), 1),
  (hours) => widened(onLikeDays(hours), 2),
];

/**
 * The hours of the week in which somebody may be present: one step more than the narrowest habit that the baseline
 * itself keeps. Each two of its weeks are judged by what the others show, and
 *
 *     hours of the two weeks outside the others' habit / hours of the two weeks, summed over all pairs
 *
 * may be HELD_OUT_SHARE, what a cut-off may cost on held-out days: of fewer than 2,000 hours, so in any month, none.
 * With one week left out, a habit that four weeks keep by chance is taken for one, and the next month breaks it; with two, every
 * hour has at least two other weeks near it. Who has no such habit (a visit at any hour) gets none and never accuses.
 *
 * @param hours hours since the epoch (UTC) with at least one row, in any order
 */
export function presenceHabit(hours: readonly number[]): WeekHours | undefined {
  const weeks = weeksOf(hours);
  const all = union(weeks);
  if (weeks.length < WEEKS_AT_LEAST || new Set(hours).size < HOURS_AT_LEAST || isMostHours(all))
    return undefined;
  const kept = HABITS.findIndex((widen) => outsideShare(weeks, widen) <= HELD_OUT_SHARE);
  // One step wider than what these weeks keep: the next week is not bound to be as narrow as the last four.
  const expected = kept < 0 ? undefined : HABITS[Math.min(kept + 1, HABITS.length - 1)]?.(all);
  return expected === undefined || isMostHours(expected) ? undefined : expected;
}

/** @returns by week, in the order of their first hours, the hours of the week */
function weeksOf(hours: readonly number[]): readonly WeekHours[] {
  const byWeek = new Map<number, WeekHours>();
  for (const hour of hours) {
    const week = weekOf(hour);
    byWeek.set(week, (byWeek.get(week) ?? 0n) | (1n << BigInt(hourOfWeek(hour))));
  }
  return [...byWeek.values()];
}

const union = (weeks: readonly WeekHours[]) => weeks.reduce((all, week) => all | week, 0n);
const isMostHours = (hours: WeekHours) => countHours(hours) > HABIT_AT_MOST;

/** @returns of the hours of each two weeks, the share outside what all the others show, widened (of each alone or of all at once is the same) */
function outsideShare(weeks: readonly WeekHours[], widen: (hours: WeekHours) => WeekHours): number {
  const wide = weeks.map(widen);
  const partners = weeks.length - 1;
  let [hours, outside] = [0, 0];
  for (const week of weeks) {
    for (let hour = 0; hour < HOURS_OF_WEEK; hour++) {
      if (!hasHour(week, hour)) continue;
      hours += partners;
      const others = wide.filter((other) => hasHour(other, hour)).length - 1;
      if (others === 0) outside += partners;
      // Outside only where the one other week that is near it is left out too.
      if (others === 1) outside += 1;
    }
  }
  return outside / hours;
}

/** In which hours each source was present, and each source at a destination's port. */
export class Presence {
  readonly source: HourBits;
  readonly port: HourBits;

  /** @param from seconds since the epoch, the window's start */
  constructor(from: number) {
    this.source = new HourBits(from);
    this.port = new HourBits(from);
  }

  add({ record, hour }: Pick<HourCount, 'record' | 'hour'>): void {
    this.source.add(structureKeys.source(record), hour);
    this.port.add(structureKeys.port(record), hour);
  }
}

/** `presenceHabits` of a whole window. @param from seconds since the epoch, the window's start */
export async function presenceOf(
  source: { hourCounts(): AsyncIterable<HourCount> },
  from: number,
): Promise<Record<string, string>> {
  const present = new Presence(from);
  for await (const count of source.hourCounts()) present.add(count);
  return presenceHabits(present);
}

/**
 * The hours of the week of every source that keeps a habit; of a source that is there at most hours (a master), of its
 * relations that do. An engineer who is in the plant by day may turn to any device by day, also one that was never
 * visited at that hour; the same engineer at night is at nobody's. Of one who comes and goes without a habit no relation is asked:
 * among many, some would seem to keep one by chance.
 *
 * @param present hours by source, and by source, destination, port and protocol
 * @returns key of either kind → 168 bits, hexadecimal
 */
export function presenceHabits(present: {
  readonly source: HourBits;
  readonly port: HourBits;
}): Record<string, string> {
  const habits: Record<string, string> = {};
  const add = (key: string, hours: readonly number[]) => {
    const habit = presenceHabit(hours);
    if (habit !== undefined) habits[key] = habit.toString(16);
  };
  const always = new Set<string>();
  for (const [source, hours] of present.source.entries()) {
    add(source, hours);
    if (isMostHours(union(weeksOf(hours)))) always.add(source);
  }
  for (const [key, hours] of present.port.entries())
    if (always.has(key.slice(0, key.indexOf('|')))) add(key, hours);
  return Object.fromEntries(Object.entries(habits).sort(([a], [b]) => (a < b ? -1 : 1)));
}
