import ICAL from 'ical.js';
import { messageOf } from '../errors.js';
import { KnownZone, zoneOf } from './icsZone.js';
import { ruleProblem } from './recurrence.js';
import {
  type Calendar,
  type Horizon,
  MaintenanceError,
  type MaintenanceWindow,
  refuse,
  type Scope,
  scopeSchema,
  WINDOW_MAX_DAYS,
} from './window.js';
import { isZone } from './zone.js';

const DAY_MS = 86_400_000;
/** iCalendar has no property for it: `CATEGORIES:zone:level2,asset:10.0.1.7`. */
const SCOPE = /^(asset|zone):(.+)$/i;
const DATE_PROPERTIES = ['dtstart', 'dtend', 'rdate', 'exdate', 'recurrence-id'] as const;

/**
 * Every occurrence of an iCalendar file's events: RRULE, RDATE, EXDATE, and occurrences that were moved or changed
 * (RECURRENCE-ID). Cancelled events and occurrences are none.
 *
 * @param fallbackZone of whole days and of times that name no zone, unless the file has an X-WR-TIMEZONE
 * @throws {MaintenanceError} with every problem
 */
export function parseIcsCalendar(
  name: string,
  text: string,
  horizon: Horizon,
  fallbackZone: string,
): Calendar {
  const calendar = parse(name, text);
  const named = calendar.getFirstPropertyValue('x-wr-timezone');
  const zone = typeof named === 'string' && isZone(named) ? named : fallbackZone;
  const components = calendar.getAllSubcomponents('vevent');
  const unknown = useKnownZones(calendar, components);
  if (unknown.length > 0)
    refuse(
      name,
      unknown.map(
        (id) => `expected a VTIMEZONE or a name of the IANA database, found TZID=${JSON.stringify(id)}`,
      ),
    );

  const problems: string[] = [];
  const windows: MaintenanceWindow[] = [];
  let goingOn = 0;
  for (const [i, component] of components.entries()) {
    try {
      const found = windowsOf(component, components, horizon, zone);
      windows.push(...found.windows);
      if (found.goesOn) goingOn += 1;
    } catch (error) {
      const summary = textOf(component, 'summary').slice(0, 100) || 'without summary';
      problems.push(`event ${i + 1} (${summary}): ${messageOf(error)}`);
    }
  }
  if (problems.length > 0) refuse(name, problems);
  return { windows: windows.sort((a, b) => a.start - b.start), goingOn };
}

function parse(name: string, text: string): ICAL.Component {
  try {
    const calendar = new ICAL.Component(ICAL.parse(text));
    if (calendar.name !== 'vcalendar') throw new Error(`expected VCALENDAR, found ${calendar.name}`);
    return calendar;
  } catch (cause) {
    throw new MaintenanceError(
      `${name}: not an iCalendar file (${messageOf(cause)})`,
      'Give an .ics file with one VCALENDAR, or YAML. Nothing was written.',
      { cause },
    );
  }
}

interface Found {
  readonly windows: readonly MaintenanceWindow[];
  readonly goesOn: boolean;
}
const NONE: Found = { windows: [], goesOn: false };

/** The windows of one VEVENT: of a changed occurrence just its own, of a recurring event all that were not changed. */
function windowsOf(
  component: ICAL.Component,
  all: readonly ICAL.Component[],
  horizon: Horizon,
  fallbackZone: string,
): Found {
  if (isCancelled(component)) return NONE;
  if (component.getFirstPropertyValue('dtstart') === null) throw new Error('expected DTSTART');
  const uid = uidOf(component);
  const make = (of: ICAL.Component, start: number, end: number): readonly MaintenanceWindow[] => {
    if (end <= start) throw new Error('expected an end after the start');
    if (end - start > WINDOW_MAX_DAYS * DAY_MS)
      throw new Error(`expected a window of at most ${WINDOW_MAX_DAYS} days`);
    if (end <= horizon.from || start >= horizon.to) return [];
    const summary = (textOf(of, 'summary') || 'planned work').slice(0, 1024);
    return [{ uid: uid.slice(0, 1024), summary, start, end, ...scopeOf(of) }];
  };
  const at = (time: ICAL.Time) => zoneOf(time, fallbackZone).toInstant(time);
  const event = new ICAL.Event(component, { exceptions: [] });
  const first = at(event.startDate);
  const length = at(event.endDate) - first;
  if (component.hasProperty('recurrence-id'))
    return { windows: make(component, first, first + length), goesOn: false };

  const rules = component.getAllProperties('rrule').map((property) => String(property.getFirstValue()));
  const problem = rules.map(ruleProblem).find((one) => one !== undefined);
  if (problem !== undefined) throw new Error(problem);
  const zone = zoneOf(event.startDate, fallbackZone);
  const begins = (from: number, to: number) =>
    rules.flatMap((rule) => zone.startsOf(rule, event.startDate, from - length, to));
  const changes = all
    .filter((other) => other.hasProperty('recurrence-id') && uidOf(other) === uid)
    .map((other) => toChange(other, at));
  const left = new Set([...timesOf(component, 'exdate').map(at), ...changes.map(({ replaces }) => replaces)]);
  const occurrences = new Set([
    first,
    ...timesOf(component, 'rdate').map(at),
    ...begins(horizon.from, horizon.to),
  ]);
  const windows = [...occurrences]
    .filter((begin) => !left.has(begin))
    .flatMap((begin) => {
      // a change may hold for its own and all later occurrences: the newest before this one
      const change = changes.filter(({ forLater, replaces }) => forLater && replaces <= begin).at(-1);
      if (change === undefined)
        return make(component, begin, zone.endOf(begin, event.startDate.isDate, length));
      if (isCancelled(change.component)) return [];
      return make(change.component, begin + change.shift, begin + change.shift + change.length);
    });
  for (const { start, end } of periodsOf(component)) windows.push(...make(component, at(start), at(end)));
  return { windows, goesOn: begins(horizon.to + length, horizon.to + 370 * DAY_MS).length > 0 };
}

/** An occurrence that a VEVENT of its own replaces. Times in ms. */
interface Change {
  readonly component: ICAL.Component;
  readonly replaces: number;
  readonly forLater: boolean;
  readonly shift: number;
  readonly length: number;
}

function toChange(component: ICAL.Component, at: (time: ICAL.Time) => number): Change {
  const event = new ICAL.Event(component, { exceptions: [] });
  const replaces = at(event.recurrenceId);
  const start = at(event.startDate);
  return {
    component,
    replaces,
    forLater: component.getFirstProperty('recurrence-id')?.getParameter('range') === 'THISANDFUTURE',
    shift: start - replaces,
    length: at(event.endDate) - start,
  };
}

function timesOf(component: ICAL.Component, property: 'rdate' | 'exdate'): readonly ICAL.Time[] {
  return component
    .getAllProperties(property)
    .filter(({ type }) => type !== 'period')
    .flatMap((one) => one.getValues() as ICAL.Time[]);
}

/** RDATE as periods, which have ends of their own. */
function periodsOf(
  component: ICAL.Component,
): readonly { readonly start: ICAL.Time; readonly end: ICAL.Time }[] {
  return component
    .getAllProperties('rdate')
    .filter(({ type }) => type === 'period')
    .flatMap((property) => property.getValues() as ICAL.Period[])
    .map((period) => ({ start: period.start, end: period.getEnd() }));
}

function scopeOf(component: ICAL.Component): Scope {
  const scope: { assets: string[]; zones: string[] } = { assets: [], zones: [] };
  for (const property of component.getAllProperties('categories'))
    for (const value of property.getValues()) {
      const [, kind, name] = SCOPE.exec(String(value).trim()) ?? [];
      if (name !== undefined) scope[kind?.toLowerCase() === 'asset' ? 'assets' : 'zones'].push(name.trim());
    }
  const parsed = scopeSchema.safeParse(scope);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ message }) => message).join('; '));
}

function textOf(component: ICAL.Component, property: string): string {
  const value = component.getFirstPropertyValue(property);
  return typeof value === 'string' ? value : '';
}

function isCancelled(component: ICAL.Component): boolean {
  return textOf(component, 'status').toUpperCase() === 'CANCELLED';
}

function uidOf(component: ICAL.Component): string {
  return textOf(component, 'uid') || textOf(component, 'summary');
}

/**
 * Makes dates that name a zone of the IANA database use this machine's own, which knows all its rules; others use the
 * file's VTIMEZONE.
 *
 * @returns zones that neither knows: the library would take their times for local ones in silence
 */
function useKnownZones(calendar: ICAL.Component, events: readonly ICAL.Component[]): readonly string[] {
  for (const definition of calendar.getAllSubcomponents('vtimezone'))
    if (isZone(textOf(definition, 'tzid'))) calendar.removeSubcomponent(definition);
  const inFile = new Set(calendar.getAllSubcomponents('vtimezone').map((one) => textOf(one, 'tzid')));
  const ids = new Set<string>();
  for (const event of events)
    for (const name of DATE_PROPERTIES)
      for (const property of event.getAllProperties(name)) {
        const id = property.getParameter('tzid');
        if (typeof id === 'string') ids.add(id);
      }
  for (const id of ids) {
    // The library looks zones up in one place; the same name always means the same zone there.
    if (!inFile.has(id) && isZone(id) && !ICAL.TimezoneService.has(id))
      ICAL.TimezoneService.register(new KnownZone(id), id);
  }
  return [...ids].filter((id) => !inFile.has(id) && !isZone(id));
}
