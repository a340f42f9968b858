/** What can be wrong with a sensor. */
export const CONDITION_KINDS = [
  'capture_loss',
  'missed_bytes',
  'one_sided_flows',
  'clock_skew',
  'silent',
] as const;
export type ConditionKind = (typeof CONDITION_KINDS)[number];

/** A condition in words and numbers. */
export interface ConditionEvidence {
  readonly observed: string;
  readonly usual: string;
  readonly text: string;
}

/** Something to tell of a sensor: its sight got worse, is still bad in another shift, or is good again. */
export interface SensorTelling {
  readonly sensor: string;
  readonly kind: ConditionKind;
  readonly what: 'began' | 'lasts' | 'ended';
  /** seconds since the epoch, by the clock of arrivals, as are the others */
  readonly at: number;
  readonly since: number;
  readonly evidence: ConditionEvidence;
}
