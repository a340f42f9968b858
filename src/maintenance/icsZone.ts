import ICAL from 'ical.js';
import { startsOf } from './recurrence.js';
import { instantOf, offsetAt, offsetOfLocal } from './zone.js';

const DAY_MS = 86_400_000;

/** A zone of the IANA database, from this machine's own: files carry their rules in part, or not at all. */
export class KnownZone extends ICAL.Timezone {
  readonly zone: string;

  constructor(zone: string) {
    super({ tzid: zone });
    this.zone = zone;
  }

  override utcOffset(time: ICAL.Time): number {
    return offsetOfLocal(this.zone, time);
  }
}

/** How the times of one zone become instants (ms since the epoch), and when a rule makes something begin in it. */
export interface IcsZone {
  toInstant(time: ICAL.Time): number;
  startsOf(rule: string, first: ICAL.Time, from: number, to: number): readonly number[];
  /** whole days are as long as the zone makes them */
  endOf(begin: number, wholeDays: boolean, length: number): number;
}

/** The zone of a time; whole days and times that name none are the fallback zone's. */
export function zoneOf({ zone, isDate }: ICAL.Time, fallbackZone: string): IcsZone {
  if (isDate || zone === ICAL.Timezone.localTimezone) return ofIana(fallbackZone);
  if (zone === ICAL.Timezone.utcTimezone) return ofIana('UTC');
  return zone instanceof KnownZone ? ofIana(zone.zone) : ofFile(zone as ICAL.Timezone);
}

function ofIana(zone: string): IcsZone {
  return {
    toInstant: (time) => instantOf(zone, time),
    startsOf: (rule, first, from, to) => startsOf(rule, compact(first), zone, from, to, { strict: false }),
    endOf: (begin, wholeDays, length) => {
      if (!wholeDays) return begin + length;
      const wall = new Date(begin + offsetAt(zone, begin) * 1000 + Math.round(length / DAY_MS) * DAY_MS);
      return instantOf(zone, fieldsOf(wall));
    },
  };
}

/** A zone that only the file's VTIMEZONE knows: the rule runs on the wall clock, and each start is placed by the zone. */
function ofFile(zone: ICAL.Timezone): IcsZone {
  const placed = (wall: number) =>
    new ICAL.Time({ ...fieldsOf(new Date(wall)), isDate: false }, zone).toUnixTime() * 1000;
  return {
    toInstant: (time) => time.toUnixTime() * 1000,
    startsOf: (rule, first, from, to) =>
      startsOf(untilOnTheWall(rule, zone), compact(first), 'UTC', from - DAY_MS, to + DAY_MS, {
        strict: false,
      })
        .map(placed)
        .filter((begin) => begin >= from && begin <= to),
    endOf: (begin, _, length) => begin + length,
  };
}

/** RFC 5545 gives UNTIL in UTC. */
function untilOnTheWall(rule: string, zone: ICAL.Timezone): string {
  return rule.replace(/UNTIL=(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)Z/, (_, y, mo, d, h, mi, s) => {
    const utc = ICAL.Time.fromJSDate(
      new Date(Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s))),
      true,
    );
    return `UNTIL=${compact(utc.convertToZone(zone))}Z`;
  });
}

function fieldsOf(wall: Date) {
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
    second: wall.getUTCSeconds(),
  };
}

/** `20260106T060000` */
function compact({ year, month, day, hour, minute, second }: ICAL.Time): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${year}${two(month)}${two(day)}T${two(hour)}${two(minute)}${two(second)}`;
}
