/** 9999-12-31T23:59:59Z, the last second that Elasticsearch's date formats accept; milliseconds lie far above. */
export const LAST_SECOND = 253_402_300_799;

/** @param seconds since the epoch; @returns ISO 8601 in UTC, to the millisecond */
export function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** A date, or a date and a time, with its zone or without. */
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Reads a time that a person wrote. One without a zone is in UTC, whatever zone the machine is in: Zeek's times are.
 *
 * @returns seconds since the epoch; not a number for anything but ISO 8601
 */
export function secondsOfIso(value: string): number {
  const [, date, time = '00:00', zone = 'Z'] = ISO.exec(value) ?? [];
  return date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone}`) / 1000;
}
