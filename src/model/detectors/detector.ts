import type { OtRecord } from '../../features/otRecord.js';
import type { Model } from '../artifact.js';
import type { Known } from '../known.js';

/** A record with what its order in the stream adds. */
export interface Observation {
  readonly record: OtRecord;
  /** seconds since the previous request of the sequence; undefined before the watermark has passed, or where there is none */
  readonly interval: number | undefined;
  /**
   * Why detectors of interval and silence abstain here, in words: the record's sensor is known not to see
   * everything (scoring/sensorHealth.ts). `interval` is undefined then.
   */
  readonly abstained?: string | undefined;
  /** the sequence has already passed this time: a late row, or one read again after a restart */
  readonly stale?: boolean;
}

/** One fact behind a score, in words and numbers. */
export interface Evidence {
  readonly feature: string;
  readonly observed: string;
  readonly usual: string;
  /** UTC days of the baseline on which the observed value was seen */
  readonly daysSeen?: number;
  /** −log10 of the observed value's tail probability in the baseline */
  readonly surprisal?: number;
  readonly text: string;
}

/** A detector's part of a verdict. */
export interface Part {
  readonly detector: string;
  /** −0.5 … 0.5, lower is more anomalous; the alert line is at −0.15 */
  readonly score: number;
  readonly evidence: readonly Evidence[];
  /** what the part speaks of where it is not the record alone (a source's fan-out, a chart): alerts group by it */
  readonly subject?: string;
  /** seconds since the epoch at which what it reports began */
  readonly since?: number;
}

/** Judges one observation at a time; a pure function of the model and the observation. */
export interface Detector {
  readonly name: string;
  /** true: it looks at the observation's place in the stream, so it waits for the watermark; false: it judges at once */
  readonly needsOrder: boolean;
  judge(observation: Observation): Part;
}

export type MakeDetector = (model: Model, known: Known) => Detector;

/** What a chart remembers by key, as JSON: it goes into the scorer's checkpoint. */
export type ChartState = readonly (readonly [key: string, state: unknown])[];

/**
 * A detector that remembers: it looks at a relation's course, not at one record.
 *
 * `judge` advances it, so each record is shown once, in order of time behind the watermark. A record that the
 * sequence has already passed (`observation.stale`: late, or read again after a restart) must change nothing.
 */
export interface Chart {
  readonly name: string;
  /** @returns undefined where the chart has nothing to hold the record against */
  judge(observation: Observation): Part | undefined;
  /** Takes in a record that another scorer judges: for what is counted over more than one relation. */
  witness?(record: OtRecord): void;
  state(): ChartState;
  /** @throws {ZodError} when the state is not one that `state` gave */
  restore(state: unknown): void;
}

export type MakeChart = (model: Model, known: Known) => Chart;
