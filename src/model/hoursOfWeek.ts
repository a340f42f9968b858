/** Hours of the week, 0 = Monday 00:00 UTC … 167 = Sunday 23:00 UTC. */
export const HOURS_OF_WEEK = 168;
const DAY = 24;
/** The epoch was a Thursday. */
const EPOCH_OFFSET = 3 * DAY;

/** @param hour hours since the epoch, UTC */
export function hourOfWeek(hour: number): number {
  return (((hour + EPOCH_OFFSET) % HOURS_OF_WEEK) + HOURS_OF_WEEK) % HOURS_OF_WEEK;
}

/** @param hour hours since the epoch, UTC; @returns weeks since the epoch, beginning on Mondays */
export function weekOf(hour: number): number {
  return Math.floor((hour + EPOCH_OFFSET) / HOURS_OF_WEEK);
}

/** A set of hours of the week: 168 bits. */
export type WeekHours = bigint;

export const hasHour = (hours: WeekHours, hour: number): boolean => ((hours >> BigInt(hour)) & 1n) === 1n;

export function countHours(hours: WeekHours): number {
  let n = 0;
  for (let left = hours; left > 0n; left &= left - 1n) n += 1;
  return n;
}

/** Each hour with those `margin` hours before and after it, over the week's end. */
export function widened(hours: WeekHours, margin: number): WeekHours {
  let wide = hours;
  for (let i = 0; i < margin; i++) wide |= rotate(wide, 1) | rotate(wide, HOURS_OF_WEEK - 1);
  return wide;
}

/** Each hour on every day of its kind: Monday to Friday, or the weekend. */
export function onLikeDays(hours: WeekHours): WeekHours {
  let all = 0n;
  for (let hour = 0; hour < HOURS_OF_WEEK; hour++) {
    if (!hasHour(hours, hour)) continue;
    for (const day of likeDays(Math.floor(hour / DAY))) all |= 1n << BigInt(day * DAY + (hour % DAY));
  }
  return all;
}

function likeDays(day: number): readonly number[] {
  return day < 5 ? [0, 1, 2, 3, 4] : [5, 6];
}

const EVERY_HOUR: WeekHours = (1n << BigInt(HOURS_OF_WEEK)) - 1n;

function rotate(hours: WeekHours, by: number): WeekHours {
  return ((hours << BigInt(by)) | (hours >> BigInt(HOURS_OF_WEEK - by))) & EVERY_HOUR;
}

/** `Mon 07–16, Tue 07–16 UTC`: the hours as a person reads them, both ends included. */
export function describeHours(hours: WeekHours): string {
  const spans: string[] = [];
  for (const [day, name] of ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].entries()) {
    for (let hour = 0; hour < DAY; hour++) {
      if (!hasHour(hours, day * DAY + hour)) continue;
      const first = hour;
      while (hour + 1 < DAY && hasHour(hours, day * DAY + hour + 1)) hour++;
      spans.push(`${name} ${two(first)}–${two(hour)}`);
    }
  }
  return spans.length === 0 ? 'never' : `${spans.join(', ')} UTC`;
}

const two = (hour: number) => String(hour).padStart(2, '0');
