/** A silence of the whole site at least this long is named as a gap (hours). */
const GAP_HOURS = 6;

/** Which days hold data, and where the window has none. */
export interface Coverage {
  readonly daysWithData: number;
  /** each `from/to` in ISO 8601, hours without any row */
  readonly gaps: readonly string[];
}

/**
 * @param hours hours since the epoch (UTC) that hold at least one row, ascending
 * @param from seconds since the epoch, inclusive
 * @param to seconds since the epoch, exclusive
 */
export function coverage(hours: readonly number[], from: number, to: number): Coverage {
  const gaps: string[] = [];
  let expected = Math.floor(from / 3600);
  for (const hour of [...hours, Math.ceil(to / 3600)]) {
    if (hour - expected >= GAP_HOURS) gaps.push(`${iso(expected)}/${iso(hour)}`);
    expected = hour + 1;
  }
  return { daysWithData: new Set(hours.map((hour) => Math.floor(hour / 24))).size, gaps };
}

function iso(hour: number): string {
  return new Date(hour * 3_600_000).toISOString().replace('.000Z', 'Z');
}
