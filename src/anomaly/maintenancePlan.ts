import type { MaintenanceWindow } from '../maintenance/window.js';
import { type Asset, isWithin } from './assetContext.js';

/** One end of a relation, as a window may name it. */
export interface End {
  readonly address: string;
  readonly asset: Asset | undefined;
}

/** Planned work that an alert falls into, and by what: it explains, and silences nothing. */
export interface ActiveMaintenance {
  readonly calendar: string;
  readonly uid: string;
  readonly summary: string;
  /** ISO 8601 */
  readonly start: string;
  readonly end: string;
  /** what of the alert the window names */
  readonly matched: 'site' | 'source' | 'destination' | 'source and destination';
}

export interface PlannedWindow extends MaintenanceWindow {
  readonly calendar: string;
}

/** More than so many at once explain nothing any more. */
const TOLD_AT_MOST = 10;

/** The windows that are in force, as the scorer asks them. */
export class MaintenancePlan {
  readonly #windows: readonly PlannedWindow[];

  constructor(windows: readonly PlannedWindow[] = []) {
    this.#windows = [...windows].sort((a, b) => a.start - b.start);
  }

  /**
   * Planned work at a time that concerns the whole site or one of the ends.
   *
   * @param at seconds since the epoch
   */
  at(at: number, source: End, destination: End): readonly ActiveMaintenance[] {
    const ms = at * 1000;
    const active: ActiveMaintenance[] = [];
    for (const window of this.#windows) {
      if (window.start > ms || active.length >= TOLD_AT_MOST) break;
      if (window.end <= ms) continue;
      const matched = match(window, source, destination);
      if (matched === undefined) continue;
      const { calendar, uid, summary, start, end } = window;
      active.push({
        calendar,
        uid,
        summary,
        start: new Date(start).toISOString(),
        end: new Date(end).toISOString(),
        matched,
      });
    }
    return active;
  }
}

function match(
  window: MaintenanceWindow,
  source: End,
  destination: End,
): ActiveMaintenance['matched'] | undefined {
  if (window.assets.length + window.zones.length === 0) return 'site';
  const [atSource, atDestination] = [names(window, source), names(window, destination)];
  if (atSource && atDestination) return 'source and destination';
  return atSource ? 'source' : atDestination ? 'destination' : undefined;
}

function names({ assets, zones }: MaintenanceWindow, { address, asset }: End): boolean {
  if (asset?.zone !== undefined && zones.includes(asset.zone)) return true;
  return assets.some((name) => name === asset?.name || isWithin(address, name));
}
