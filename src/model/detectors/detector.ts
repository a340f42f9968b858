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
}

/** Judges one observation at a time; a pure function of the model and the observation. */
export interface Detector {
  readonly name: string;
  /** true: it looks at the observation's place in the stream, so it waits for the watermark; false: it judges at once */
  readonly needsOrder: boolean;
  judge(observation: Observation): Part;
}

export type MakeDetector = (model: Model, known: Known) => Detector;
