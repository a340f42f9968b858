/** A local date and time, as a calendar writes it; months from 1. */
export interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether this names a zone of the IANA database, such as Europe/Berlin. */
export function isZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Seconds that a zone is ahead of UTC at an instant (ms since the epoch). */
export function offsetAt(zone: string, instant: number): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return Math.round((local - Math.floor(instant / 1000) * 1000) / 1000);
}

/** Seconds that a zone is ahead of UTC at a local time; of a time that exists twice the first, as RFC 5545 has it. */
export function offsetOfLocal(zone: string, local: LocalTime): number {
  const { year, month, day, hour, minute, second } = local;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  const before = offsetAt(zone, asUtc - 86_400_000);
  // The offset of the day before holds until the change: of a repeated hour that is the first.
  return offsetAt(zone, asUtc - before * 1000) === before
    ? before
    : offsetAt(zone, asUtc - offsetAt(zone, asUtc + 86_400_000) * 1000);
}

/** ms since the epoch */
export function instantOf(zone: string, local: LocalTime): number {
  const { year, month, day, hour, minute, second } = local;
  return Date.UTC(year, month - 1, day, hour, minute, second) - offsetOfLocal(zone, local) * 1000;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, format);
  return format;
}
