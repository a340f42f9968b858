import type { ArticleDrift } from './drift/articleDrift.js';
import type { EvasionResult } from './evasion/evasion.js';

/** One drift of another kind, driven by the hour through the drift chart alone. */
export interface DriftVariant {
  readonly name: string;
  readonly what: string;
  readonly sigma: number;
  readonly wander: number;
  readonly strictRate: number;
  readonly envelopeRate: number;
  readonly unlatchedRate: number;
  readonly detectionHours: number | null;
  readonly twinLatched: boolean;
  readonly passed: boolean;
}

/** How far the model itself would see +80 % and −80 % in seven days, in every series of one feature. */
export interface FeatureCoverage {
  readonly feature: 'origBytes' | 'respBytes' | 'interval' | 'value' | 'writtenValue';
  /** series of relations whose logs could carry it */
  readonly series: number;
  /** those with a drift chart */
  readonly charted: number;
  /** those where it finds the drift as the policy asks */
  readonly covered: number;
  readonly medianStrictRate: number | null;
  readonly worstStrictRate: number | null;
  readonly status: 'covered' | 'partly' | 'not-covered' | 'not-logged';
}

export interface DriftResult extends Partial<Omit<ArticleDrift, 'strictRate'>> {
  /** of the article's test; 0 where no relation could carry it */
  readonly strictRate: number;
  /** whose bytes, at whose noise; null where no relation's logs carry bytes a poll */
  readonly relation: string | null;
  readonly noise: {
    readonly sigma: number;
    readonly wander: number;
    readonly correlationHours: number;
  } | null;
  readonly variants: readonly DriftVariant[];
  readonly coverage: readonly FeatureCoverage[];
  /** the setpoints that people or programs write, with the bytes as they were */
  readonly writtenSetpoint: 'pass' | 'fail' | 'not-covered';
  readonly persistent: { readonly connections: number; readonly seen: boolean | null; readonly text: string };
}

export interface FalsePositives {
  /** flagged records of all */
  readonly rate: number;
  readonly alertsPerShift: number;
  readonly records: number;
  readonly flagged: number;
  readonly alerts: number;
  readonly shifts: number;
  readonly goalReached: boolean;
  readonly worst: readonly string[];
}

export interface PoisoningResult {
  readonly name: string;
  readonly atlas: string;
  readonly what: string;
  /** days of presence in the window */
  readonly days: number;
  readonly placed: string;
  readonly inventory: boolean;
  readonly caughtAtTraining: boolean;
  readonly signs: readonly string[];
  /** whether the model that learnt it would then say nothing of the attack */
  readonly missedByModel: boolean;
}

/** Which days were what; ISO 8601, ends excluded, no two overlap. */
export interface GateDays {
  readonly baseline: Span;
  readonly calibration: Span;
  readonly gate: Span;
}
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** What the gate writes beside the model. */
export interface GateReport {
  readonly passed: boolean;
  readonly reasons: readonly string[];
  readonly modelSha256: string;
  readonly seed: number;
  readonly days: GateDays;
  readonly floors: GateFloors;
  /** what poisoning "with an inventory" was tried with: the site's, or a list of the hosts that are there */
  readonly inventory: 'site' | 'assumed';
  readonly drift: DriftResult;
  readonly falsePositives: FalsePositives;
  readonly evasion: readonly EvasionResult[];
  readonly poisoning: readonly PoisoningResult[];
}

/** What the policy holds a model to (retraining_policy.yaml, adversarial_gate). */
export interface GateFloors {
  readonly drift_strict_rate: number;
  readonly drift_first_detection_day: number;
  readonly false_positive_rate: number;
  readonly alerts_per_shift: number;
  readonly write_goal: { readonly registers: number; readonly hours: number };
  readonly unseen_by_strangers: number;
  readonly unseen_by_writers: number | null;
  readonly poisoning_caught: { readonly with_inventory: number; readonly without_inventory: number };
}

/** One record in ten thousand: what the article's claims want, held to one in a thousand. */
export const FALSE_POSITIVE_GOAL = 1e-4;
