import { LAST_SECOND } from '../isoTime.js';

/** What a `ts` column holds: a time, a mask in place of one, or neither. */
export type ZeekTime =
  | { readonly kind: 'time'; readonly seconds: number }
  | { readonly kind: 'masked' }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Zeek's JSON::TS_ISO8601, with its microseconds; other writers add an offset. */
const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/**
 * Reads Zeek's `ts`: seconds since the epoch as a number or its text, or an ISO 8601 date with its zone.
 * Zero and less is no time: Zeek writes it where it had none, and 1970 would be a lie.
 */
export function parseZeekTime(value: unknown): ZeekTime {
  if (typeof value === 'number') return fromSeconds(value, String(value));
  if (typeof value !== 'string')
    return { kind: 'invalid', reason: value == null ? 'no ts' : 'ts is no time' };
  if (/^X+(\.X+)?$/.test(value)) return { kind: 'masked' };
  if (/^[-+]?\d+(\.\d*)?([eE][-+]?\d+)?$/.test(value)) return fromSeconds(Number(value), value);
  const [, toSecond, fraction = '', zone] = ISO.exec(value) ?? [];
  const whole = toSecond === undefined ? Number.NaN : Date.parse(`${toSecond}${zone ?? ''}`) / 1000;
  return fromSeconds(whole + Number(`0${fraction}`), value);
}

function fromSeconds(seconds: number, shown: string): ZeekTime {
  if (seconds > 0 && seconds <= LAST_SECOND) return { kind: 'time', seconds };
  return {
    kind: 'invalid',
    reason: `ts ${shown.slice(0, 64)} is no time; expected seconds since the epoch or an ISO 8601 date`,
  };
}
