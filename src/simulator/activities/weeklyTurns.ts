import type { MaintenanceWindow } from '../plant.js';
import { DAY, type Span, startOfDay, weekday } from '../time.js';

/**
 * When a device has its turn in the weekly maintenance: one after the other, each in an equal share of the window.
 *
 * @param number counts the days since the epoch
 */
export function* weeklyTurns(
  window: MaintenanceWindow,
  devices: number,
  index: number,
  { from, to }: Span,
): Generator<{ readonly at: number; readonly number: number }, void, undefined> {
  for (let day = startOfDay(from); day < to; day += DAY) {
    if (weekday(day) !== window.weekday) continue;
    const at = day + window.startsAt + Math.round((index * window.lasts) / devices);
    if (at >= from && at < to) yield { at, number: day / DAY };
  }
}
