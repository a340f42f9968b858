/** `error`: nothing can work until it is mended. `warning`: it works, and something is weaker. `note`: to know. */
export type Severity = 'error' | 'warning' | 'note';

export type FindingCode =
  | 'no_rows'
  | 'profile_does_not_fit'
  | 'two_profiles_fit'
  | 'unreadable'
  | 'unusable_field'
  | 'column_not_indexed'
  | 'not_set_up'
  | 'streams_outdated'
  | 'missing_right'
  | 'excess_right'
  | 'key_expires'
  | 'too_few_days'
  | 'short_baseline'
  | 'gap'
  | 'log_missing'
  | 'pipeline_errors'
  | 'no_arrival'
  | 'nothing_arrives'
  | 'sensor_silent'
  | 'clock_ahead'
  | 'clock_behind'
  | 'late_arrivals'
  | 'brought_in_later'
  | 'slow_refresh'
  | 'refresh_unknown'
  | 'host_clock'
  | 'policies_untrusted'
  | 'deployment_unverified'
  | 'review_overdue'
  | 'hold_unlocked';

/** One thing that the doctor saw: what was expected and found, and what to do. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly message: string;
  readonly advice: string;
  /** the index profile it is about */
  readonly profile?: string;
  /** the part of this system whose credential it is about */
  readonly part?: string;
}

/** 0: nothing to mend; 1: warnings; 2: it can't work. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ severity }) => severity === 'error')) return 2;
  return findings.some(({ severity }) => severity === 'warning') ? 1 : 0;
}
