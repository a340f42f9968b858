import { DRIFT_HOURS } from './article.js';

/** How far a drift has come at a time, as a share of all it means to move: 0 at the beginning, 1 at its goal. */
export interface Course {
  readonly name: string;
  readonly what: string;
  readonly at: (hour: number) => number;
  /**
   * A course that leaves the mean where it was for its first hours can't be found in them: the strict rate is then
   * held to the polls after it has begun.
   */
  readonly beginsAt: number;
}

const STEP_HOURS = 24;
const DAY = 24;
const WEEK = 168;
/** Weekly maintenance: Wednesday's four hours, if the drift begins on a Monday at midnight. */
const MAINTENANCE = { from: 2 * DAY + 8, to: 2 * DAY + 12 };

export const COURSES: readonly Course[] = [
  { name: 'linear', what: 'the same step each poll', at: (hour) => hour / DRIFT_HOURS, beginsAt: 0 },
  {
    name: 'linear-down',
    what: 'the same step each poll, downwards',
    at: (hour) => -hour / DRIFT_HOURS,
    beginsAt: 0,
  },
  {
    name: 'stepwise',
    what: 'one step each midnight, still in between',
    at: (hour) => Math.floor(hour / STEP_HOURS) / (DRIFT_HOURS / STEP_HOURS - 1),
    beginsAt: STEP_HOURS,
  },
  {
    name: 'sinusoidal',
    what: 'covered by a daily swing as large as a fifth of the drift',
    at: (hour) => hour / DRIFT_HOURS + 0.2 * Math.sin((2 * Math.PI * hour) / DAY) * Math.min(1, hour / DAY),
    beginsAt: 0,
  },
  {
    name: 'hidden-in-maintenance',
    what: 'moves only during the weekly maintenance, all of the way',
    at: (hour) => {
      const inWeek = hour % WEEK;
      const moved = Math.max(
        0,
        Math.min(1, (inWeek - MAINTENANCE.from) / (MAINTENANCE.to - MAINTENANCE.from)),
      );
      return Math.floor(hour / WEEK) + moved;
    },
    beginsAt: MAINTENANCE.from,
  },
];
