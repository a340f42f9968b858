import { structureKeys } from '../../features/relation.js';
import {
  countHours,
  HOURS_OF_WEEK,
  hourOfWeek,
  onLikeDays,
  type WeekHours,
  weekOf,
  widened,
} from '../hoursOfWeek.js';
import { SpanBits } from './spanBits.js';
import type { HourCount } from './structureCounts.js';

/** Fewer weeks say nothing of a weekly habit. */
const WEEKS_AT_LEAST = 4;
/** Nor do fewer hours in all. */
const HOURS_AT_LEAST = 8;
/** Who may be there in most hours of the week has no habit that a visit could break. */
const HABIT_AT_MOST = HOURS_OF_WEEK / 2;

/** From the narrowest habit to the widest: the same hours of the week, then the same hours of like days. */
const HABITS: readonly ((hours: WeekHours) => WeekHours)[] = [
  (hours) => widened(hours, 1),
  (hours) => widened(hours, 2),
  (hours) => widened(onLikeDays(hours), 1),
  (hours) => widened(onLikeDays(hours), 2),
];

/**
 * The hours of the week in which somebody may be present: one step more than the narrowest habit that each of the
 * weeks keeps when it is judged by the others. Who has no such habit (a visit at any hour) gets none and never accuses.
 *
 * @param hours hours since the epoch (UTC) with at least one row, in any order
 */
export function presenceHabit(hours: readonly number[]): WeekHours | undefined {
  const byWeek = new Map<number, WeekHours>();
  for (const hour of hours) {
    const week = weekOf(hour);
    byWeek.set(week, (byWeek.get(week) ?? 0n) | (1n << BigInt(hourOfWeek(hour))));
  }
  if (byWeek.size < WEEKS_AT_LEAST || new Set(hours).size < HOURS_AT_LEAST) return undefined;
  const weeks = [...byWeek.values()];
  const all = weeks.reduce((union, week) => union | week, 0n);
  const kept = HABITS.findIndex((widen) =>
    weeks.every((week, i) => {
      const others = weeks.reduce((union, other, j) => (j === i ? union : union | other), 0n);
      return (week & ~widen(others)) === 0n;
    }),
  );
  // One step wider than what these weeks keep: the next week is not bound to be as narrow as the last four.
  const expected = kept < 0 ? undefined : HABITS[Math.min(kept + 1, HABITS.length - 1)]?.(all);
  return expected === undefined || countHours(expected) > HABIT_AT_MOST ? undefined : expected;
}

/** In which hours each source was present, and each source at a destination's port. */
export class Presence {
  readonly source: SpanBits;
  readonly port: SpanBits;

  /** @param from seconds since the epoch, the window's start */
  constructor(from: number) {
    this.source = new SpanBits(from, 3600);
    this.port = new SpanBits(from, 3600);
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
 * The hours of the week of every source that keeps a habit; of a source that keeps none (a master that is always
 * there), of its relations that do. An engineer who is in the plant by day may turn to any device by day, also one that was never
 * visited at that hour; the same engineer at night is at nobody's.
 *
 * @param present hours by source, and by source, destination, port and protocol
 * @returns key of either kind → 168 bits, hexadecimal
 */
export function presenceHabits(present: {
  readonly source: SpanBits;
  readonly port: SpanBits;
}): Record<string, string> {
  const habits: Record<string, string> = {};
  const add = (key: string, hours: readonly number[]) => {
    const habit = presenceHabit(hours);
    if (habit !== undefined) habits[key] = habit.toString(16);
  };
  for (const [source, hours] of present.source.entries()) add(source, hours);
  const sources = new Set(Object.keys(habits));
  for (const [key, hours] of present.port.entries())
    if (!sources.has(key.slice(0, key.indexOf('|')))) add(key, hours);
  return Object.fromEntries(Object.entries(habits).sort(([a], [b]) => (a < b ? -1 : 1)));
}
