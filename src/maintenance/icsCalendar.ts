import ICAL from 'ical.js';
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
import { instantOf, isZone, offsetOfLocal } from './zone.js';

const DAY_MS = 86_400_000;
/** Steps of one event's recurrence that are taken before it is refused. */
const STEPS_MAX = 200_000;
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
      problems.push(`event ${i + 1} (${summary}): ${error instanceof Error ? error.message : String(error)}`);
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
      `${name}: not an iCalendar file (${cause instanceof Error ? cause.message : String(cause)})`,
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
  zone: string,
): Found {
  if (textOf(component, 'status').toUpperCase() === 'CANCELLED') return NONE;
  if (component.getFirstPropertyValue('dtstart') === null) throw new Error('expected DTSTART');
  for (const rule of component.getAllProperties('rrule')) {
    const problem = ruleProblem(String(rule.getFirstValue()));
    if (problem !== undefined) throw new Error(problem);
  }
  const periods = takePeriods(component);
  const uid = textOf(component, 'uid') || textOf(component, 'summary');
  const isChange = component.hasProperty('recurrence-id');
  const changes = isChange
    ? []
    : all.filter((other) => other.hasProperty('recurrence-id') && textOf(other, 'uid') === uid);
  const event = new ICAL.Event(component, { exceptions: [...changes], strictExceptions: false });
  const make = (of: ICAL.Component, start: number, end: number): MaintenanceWindow | undefined => {
    if (end <= start) throw new Error('expected an end after the start');
    if (end - start > WINDOW_MAX_DAYS * DAY_MS)
      throw new Error(`expected a window of at most ${WINDOW_MAX_DAYS} days`);
    if (end <= horizon.from || start >= horizon.to) return undefined;
    const summary = (textOf(of, 'summary') || 'planned work').slice(0, 1024);
    return { uid: uid.slice(0, 1024), summary, start, end, ...scopeOf(of) };
  };
  const of = (time: ICAL.Time) => epochOf(time, zone);
  if (isChange || !(event.isRecurring() || periods.length > 0)) {
    const window = make(component, of(event.startDate), of(event.endDate));
    return { windows: window === undefined ? [] : [window], goesOn: false };
  }

  const changed = new Set(changes.map((change) => of(new ICAL.Event(change).recurrenceId)));
  const windows = periods.flatMap(({ start, end }) => make(component, of(start), of(end)) ?? []);
  const iterator = event.iterator();
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const next = iterator.next() as ICAL.Time | null | undefined;
    if (next === null || next === undefined) return { windows, goesOn: false };
    if (of(next) >= horizon.to) return { windows, goesOn: true };
    if (changed.has(of(next))) continue; // stands in a VEVENT of its own
    // a change may hold for this and all later occurrences
    const { item, startDate, endDate } = event.getOccurrenceDetails(next);
    if (textOf(item.component, 'status').toUpperCase() === 'CANCELLED') continue;
    const window = make(item.component, of(startDate), of(endDate));
    if (window !== undefined) windows.push(window);
  }
  throw new Error(
    `expected a recurrence that reaches ${new Date(horizon.to).toISOString()} within ${STEPS_MAX} occurrences`,
  );
}

/** RDATE as periods, which have ends of their own; taken out, since the iterator knows only times. */
function takePeriods(
  component: ICAL.Component,
): readonly { readonly start: ICAL.Time; readonly end: ICAL.Time }[] {
  return component
    .getAllProperties('rdate')
    .filter((property) => property.type === 'period')
    .flatMap((property) => {
      const periods = property.getValues() as ICAL.Period[];
      component.removeProperty(property);
      return periods.map((period) => ({ start: period.start, end: period.getEnd() }));
    });
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

/** ms since the epoch; whole days and times without a zone are the fallback zone's */
function epochOf(time: ICAL.Time, fallbackZone: string): number {
  const isLocal = time.isDate || time.zone === ICAL.Timezone.localTimezone;
  return isLocal ? instantOf(fallbackZone, time) : time.toUnixTime() * 1000;
}

/** A zone of the IANA database, from this machine's own: files carry their rules in part, or not at all. */
class KnownZone extends ICAL.Timezone {
  readonly #zone: string;

  constructor(zone: string) {
    super({ tzid: zone });
    this.#zone = zone;
  }

  override utcOffset(time: ICAL.Time): number {
    return offsetOfLocal(this.#zone, time);
  }
}

/**
 * Makes dates that name a zone of the IANA database use it; others use the file's VTIMEZONE.
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
  const unknown: string[] = [];
  for (const id of ids) {
    if (inFile.has(id)) continue;
    if (!isZone(id)) unknown.push(id);
    // The library looks zones up in one place; the same name always means the same zone there.
    else if (!ICAL.TimezoneService.has(id)) ICAL.TimezoneService.register(new KnownZone(id), id);
  }
  return unknown;
}
