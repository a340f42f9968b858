import { isoOf } from '../isoTime.js';
import type { ConditionEvidence } from './condition.js';
import type { SensorState } from './sensorState.js';

const DAY_S = 86_400;
/** A sensor that was heard for less than this has no usual pause. */
const HEARD_FOR_S = 3 * 3600;
const HEARD_ROWS = 100;
/** A pause of so many times the longest one of this day and the day before is silence. */
const TIMES_LONGEST = 10;
/** Seconds: a shipper that starts again pauses for less. */
const SILENT_AFTER_AT_LEAST = 300;

/** After how many seconds without a row the sensor counts as silent; undefined: it was not heard long enough to say */
export function silentAfter(state: SensorState): number | undefined {
  if (state.rows < HEARD_ROWS || state.lastAt - state.firstAt < HEARD_FOR_S) return undefined;
  return Math.max(SILENT_AFTER_AT_LEAST, TIMES_LONGEST * longestPause(state));
}

/** Takes a pause between two rows into account; one that counted as silence is no usual pause. */
export function rememberPause(state: SensorState, seconds: number, arrivedAt: number): void {
  const day = Math.floor(arrivedAt / DAY_S);
  if (day > state.day) {
    state.longestPauseBefore = day === state.day + 1 ? state.longestPause : 0;
    state.longestPause = 0;
    state.day = day;
  }
  state.longestPause = Math.max(state.longestPause, seconds);
}

export function silenceEvidence(state: SensorState, after: number): ConditionEvidence {
  const longest = longestPause(state);
  const heard = ((state.lastAt - state.firstAt) / 3600).toFixed(1);
  return {
    observed: `no row for ${Math.round(after)} s`,
    usual: `pauses of at most ${longest.toFixed(1)} s`,
    text: `${state.sensor} has sent no row for ${Math.round(after)} s, since ${isoOf(state.lastAt)}; it was heard for ${heard} hours, and its longest pause since the day before was ${longest.toFixed(1)} s: does it run, and do its logs get here?`,
  };
}

function longestPause({ longestPause, longestPauseBefore }: SensorState): number {
  return Math.max(longestPause, longestPauseBefore);
}
