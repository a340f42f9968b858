import { functionClass } from '../features/functionClass.js';
import type { OtRecord } from '../features/otRecord.js';

/** Hours over which requests are added up; each with the most that nobody is asked about, whatever the baseline says. */
export const WINDOWS = [
  { hours: 1, atLeast: 10 },
  { hours: 8, atLeast: 15 },
  { hours: 24, atLeast: 20 },
] as const;
/** The longest of them: so many hours are remembered. */
export const HOURS_REMEMBERED = 24;
/** So many times the most of the baseline is allowed: a month that is not the busiest of the year has to be enough. */
const TIMES_BASELINE = 2;

/** The most requests of a relation and function in any one, eight and twenty-four hours of the baseline. */
export type MostRequests = readonly number[];

/** Whether the row asks a device to change: a set point, a switch, a command. */
export function isWriteRequest({ kind, protocol, functionCode }: OtRecord): boolean {
  if (kind === 'connection' || kind === 'response' || functionCode === '-') return false;
  const what = functionClass(protocol, functionCode);
  return what === 'write' || what === 'operate';
}

/** @param most of the baseline, by window; @returns how many are allowed, by window */
export function allowed(most: MostRequests): readonly number[] {
  return WINDOWS.map(({ atLeast }, i) => Math.max(atLeast, TIMES_BASELINE * (most[i] ?? 0)));
}

/** Requests of each of the last hours, the newest first. */
export interface HourlyRequests {
  /** hours since the epoch, UTC: the newest */
  readonly hour: number;
  readonly counts: readonly number[];
}

/** @returns with one request more in `hour`; the same where that hour is too long ago to be remembered */
export function addRequest(before: HourlyRequests | undefined, hour: number): HourlyRequests {
  if (before === undefined || hour - before.hour >= HOURS_REMEMBERED) return { hour, counts: [1] };
  const passed = hour - before.hour;
  if (passed <= -HOURS_REMEMBERED) return before;
  const shifted = [...new Array<number>(Math.max(0, passed)).fill(0), ...before.counts];
  const counts = shifted.slice(0, HOURS_REMEMBERED);
  const at = Math.max(0, -passed);
  while (counts.length <= at) counts.push(0);
  counts[at] = (counts[at] ?? 0) + 1;
  return { hour: Math.max(hour, before.hour), counts };
}

/** @returns requests in each window that ends with the newest hour */
export function requestsByWindow({ counts }: HourlyRequests): readonly number[] {
  return WINDOWS.map(({ hours }) => counts.slice(0, hours).reduce((sum, n) => sum + n, 0));
}
