import { DAY, type Span, startOfDay, toIso } from '../time.js';

/** A day on the plant's calendar, which is UTC's. */
export interface CalendarDay {
  /** Midnight, microseconds. */
  readonly at: number;
  /** Days since the epoch. */
  readonly number: number;
  /** 1 to 31, and 1 to 12. */
  readonly dayOfMonth: number;
  readonly month: number;
  /** 0 = Sunday. */
  readonly weekday: number;
}

/** Every day of which a part lies in the span. */
export function* days({ from, to }: Span): Generator<CalendarDay, void, undefined> {
  for (let at = startOfDay(from); at < to; at += DAY) yield calendarDay(at);
}

function calendarDay(at: number): CalendarDay {
  const number = at / DAY;
  const date = toIso(at);
  return {
    at,
    number,
    dayOfMonth: Number(date.slice(8, 10)),
    month: Number(date.slice(5, 7)),
    weekday: (((number + 4) % 7) + 7) % 7,
  };
}

/** Whether it is the n-th such weekday of its month. */
export function isNth(day: CalendarDay, weekday: number, n: number): boolean {
  return day.weekday === weekday && Math.ceil(day.dayOfMonth / 7) === n;
}
