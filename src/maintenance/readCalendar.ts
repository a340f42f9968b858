import { parseIcsCalendar } from './icsCalendar.js';
import { type Calendar, type Horizon, refuse, type Scope, WINDOWS_MAX } from './window.js';
import { parseYamlCalendar } from './yamlCalendar.js';

export interface ReadCalendarOptions {
  readonly horizon: Horizon;
  /** IANA name, for times that name no zone */
  readonly timeZone: string;
  /** of windows that name neither assets nor zones */
  readonly scope: Scope;
}

/**
 * Reads a calendar: iCalendar if the name ends in `.ics`, else YAML.
 *
 * @throws {MaintenanceError} with every problem
 */
export function readCalendar(name: string, text: string, options: ReadCalendarOptions): Calendar {
  const { horizon, timeZone, scope } = options;
  const parse = /\.(ics|ical|ifb)$/i.test(name) ? parseIcsCalendar : parseYamlCalendar;
  const { windows, goingOn } = parse(name, text, horizon, timeZone);
  if (windows.length > WINDOWS_MAX)
    refuse(name, [
      `expected at most ${WINDOWS_MAX} windows in the time that is imported, found ${windows.length}`,
    ]);
  return {
    goingOn,
    windows: windows.map((window) =>
      window.assets.length + window.zones.length === 0 ? { ...window, ...scope } : window,
    ),
  };
}
