import {
  countHours,
  HOURS_OF_WEEK,
  hourOfWeek,
  onLikeDays,
  type WeekHours,
  weekOf,
  widened,
} from '../hoursOfWeek.js';

/** Fewer weeks say nothing of a weekly habit. */
const WEEKS_AT_LEAST = 4;
/** Nor do fewer hours in all. */
const HOURS_AT_LEAST = 8;
/** A relation that may be there in most hours of the week has no habit that a visit could break. */
const HABIT_AT_MOST = HOURS_OF_WEEK / 2;

/** From the narrowest habit to the widest: the same hours of the week, then the same hours of like days. */
const HABITS: readonly ((hours: WeekHours) => WeekHours)[] = [
  (hours) => widened(hours, 1),
  (hours) => widened(hours, 2),
  (hours) => widened(onLikeDays(hours), 1),
  (hours) => widened(onLikeDays(hours), 2),
];

/**
 * The hours of the week in which a relation may be present: one step more than the narrowest habit that each of its
 * weeks keeps when it is judged by the others. A relation without such a habit (a visit at any hour) gets none and never accuses.
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
