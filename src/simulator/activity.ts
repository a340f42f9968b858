import type { Stretches } from './thinning.js';
import type { Span } from './time.js';

/** The logs that the simulator writes, by Zeek's names. */
export const LOG_NAMES = [
  'conn',
  'modbus',
  'modbus_detailed',
  'dnp3',
  'dnp3_control',
  'dnp3_objects',
  'enip',
  'cip',
  'cip_io',
  'cip_identity',
  'capture_loss',
] as const;
export type LogName = (typeof LOG_NAMES)[number];

/** One row of one log: flat keys with dots, as in Zeek's JSON; unset columns are absent. */
export interface SimulatedRow {
  readonly log: LogName;
  /** When Zeek would write the row, seconds since the epoch: for conn that's after the connection's end. */
  readonly writtenAt: number;
  readonly row: Readonly<Record<string, unknown>>;
}

/** What happens next in one activity. No row of this or a later step is written before `at` (µs). */
export interface Step {
  readonly at: number;
  readonly rows: readonly SimulatedRow[];
  /** So many polling cycles of the same rows, all within the same five minutes, of which these are the first; only where a recording counts. */
  readonly times?: number;
}

/** What is simulated and what of it is recorded. */
export interface Recording extends Span {
  readonly thinning: Thinning;
  readonly logs: ReadonlySet<LogName>;
  /** Modbus polling cycles that aren't recorded are counted (`Step.times`), unless their rows have to be looked at. */
  readonly counts?: boolean;
}

/**
 * What a recording keeps of periodic traffic: contiguous stretches at the full rate, so that each
 * interval inside is true, and of each hour this many seconds on average. 3600 keeps everything.
 */
export interface Thinning {
  readonly observeSecondsPerHour: number;
  /** In place of drawn stretches, those that somebody chooses for a relation of this period (µs). */
  readonly stretchesOf?: (period: number) => Stretches;
}

/**
 * Something that goes on in the plant and shows in logs: one master polling one PLC, one
 * attacker. Another protocol is another activity; nothing else needs to know.
 */
export interface Activity {
  readonly name: string;
  /** Steps in order of `at`, lazily, from the recording's beginning to its end. */
  steps(recording: Recording): Iterator<Step, void, undefined>;
}
