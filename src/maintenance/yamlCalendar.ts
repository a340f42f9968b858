import { CORE_SCHEMA, load } from 'js-yaml';
import { z } from 'zod';
import { messageOf } from '../errors.js';
import { ruleProblem, startsOf } from './recurrence.js';
import {
  type Calendar,
  type Horizon,
  MaintenanceError,
  type MaintenanceWindow,
  refuse,
  scopeSchema,
  WINDOW_MAX_DAYS,
} from './window.js';
import { instantOf, isZone, type LocalTime } from './zone.js';

const DAY_MS = 86_400_000;

/** `2026-01-06T06:00`, `2026-01-06 06:00:00` or `2026-01-06`: local to the window's time zone. */
const LOCAL = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?$/;
const localTime = z
  .string()
  .refine(
    (text) => isLocal(text),
    'expected a local date and time such as 2026-01-06T06:00, without an offset',
  );
const zone = z.string().refine(isZone, 'expected a time zone of the IANA database, such as Europe/Berlin');
const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$/;

const windowSchema = z
  .strictObject({
    summary: z.string().min(1).max(1024),
    start: localTime,
    end: localTime.optional(),
    duration: z
      .string()
      .refine(
        (text) => DURATION.test(text) && durationOf(text) > 0,
        'expected a duration such as 90m, 2h or 1d12h',
      )
      .optional(),
    time_zone: zone.optional(),
    rrule: z.string().max(500).optional(),
    except: z.array(localTime).max(1_000).default([]),
    also: z.array(localTime).max(1_000).default([]),
    ...scopeSchema.shape,
  })
  .superRefine(({ end, duration, rrule }, { addIssue }) => {
    if ((end === undefined) === (duration === undefined))
      addIssue({ code: 'custom', path: ['end'], message: 'expected either end or duration' });
    const problem = rrule === undefined ? undefined : ruleProblem(rrule);
    if (problem !== undefined) addIssue({ code: 'custom', path: ['rrule'], message: problem });
  });

const calendarSchema = z.strictObject({
  /** for windows that name none */
  time_zone: zone.optional(),
  windows: z.array(windowSchema).max(1_000),
});
type Planned = z.infer<typeof windowSchema>;

/** @throws {MaintenanceError} with every problem and its path */
export function parseYamlCalendar(
  name: string,
  text: string,
  horizon: Horizon,
  fallbackZone: string,
): Calendar {
  let content: unknown;
  try {
    content = load(text, { schema: CORE_SCHEMA, maxAliases: 0 });
  } catch (cause) {
    throw new MaintenanceError(
      `${name}: not YAML (${messageOf(cause)})`,
      'Give a .ics file, or YAML with "windows". Nothing was written.',
      { cause },
    );
  }
  const parsed = calendarSchema.safeParse(content);
  if (!parsed.success)
    refuse(
      name,
      parsed.error.issues.map(({ path, message }) => `${path.join('.') || '(whole file)'}: ${message}`),
    );
  const problems: string[] = [];
  const windows: MaintenanceWindow[] = [];
  let goingOn = 0;
  for (const [i, planned] of parsed.data.windows.entries()) {
    const timeZone = planned.time_zone ?? parsed.data.time_zone ?? fallbackZone;
    try {
      const found = occurrences(planned, timeZone, horizon);
      windows.push(...found.windows);
      if (found.goesOn) goingOn += 1;
    } catch (error) {
      problems.push(`windows.${i}: ${messageOf(error)}`);
    }
  }
  if (problems.length > 0) refuse(name, problems);
  return { windows, goingOn };
}

function occurrences(
  planned: Planned,
  timeZone: string,
  horizon: Horizon,
): { readonly windows: readonly MaintenanceWindow[]; readonly goesOn: boolean } {
  const { summary, start, end, duration, rrule, except, also, assets, zones } = planned;
  const at = (local: string) => instantOf(timeZone, toLocal(local));
  const first = at(start);
  const length = end === undefined ? durationOf(duration ?? '') : at(end) - first;
  if (length <= 0) throw new Error('expected an end after the start');
  if (length > WINDOW_MAX_DAYS * DAY_MS)
    throw new Error(`expected a window of at most ${WINDOW_MAX_DAYS} days`);
  const from = horizon.from - length;
  const rule = (until: number) =>
    rrule === undefined ? [first] : [first, ...startsOf(rrule, compact(start), timeZone, from, until)];
  const excepted = new Set(except.map(at));
  const begins = new Set([...rule(horizon.to), ...also.map(at)].filter((begin) => !excepted.has(begin)));
  const windows = [...begins]
    .filter((begin) => begin + length > horizon.from && begin < horizon.to)
    .sort((a, b) => a - b)
    .map((begin) => ({
      uid: `${summary} ${start}`.slice(0, 1024),
      summary,
      start: begin,
      end: begin + length,
      assets,
      zones,
    }));
  const goesOn =
    rrule !== undefined &&
    startsOf(rrule, compact(start), timeZone, horizon.to, horizon.to + 370 * DAY_MS).length > 0;
  return { windows, goesOn };
}

function isLocal(text: string): boolean {
  const match = LOCAL.exec(text);
  if (match === null) return false;
  const { year, month, day, hour, minute, second } = toLocal(text);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return (
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    minute < 60 &&
    second < 60
  );
}

function toLocal(text: string): LocalTime {
  const [, year, month, day, hour = '0', minute = '0', second = '0'] = LOCAL.exec(text) ?? [];
  return {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  };
}

/** `20260106T060000` */
function compact(text: string): string {
  const { year, month, day, hour, minute, second } = toLocal(text);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${year}${two(month)}${two(day)}T${two(hour)}${two(minute)}${two(second)}`;
}

function durationOf(text: string): number {
  const [, days = '0', hours = '0', minutes = '0'] = DURATION.exec(text) ?? [];
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000;
}
