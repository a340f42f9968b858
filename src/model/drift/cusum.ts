/**
 * A two-sided tabular CUSUM (Page 1954; Montgomery, Introduction to Statistical Quality Control, ch. 9) on hourly
 * means, in standard deviations of the baseline's hourly means.
 */
export interface Cusum {
  readonly up: number;
  readonly down: number;
}

export const AT_REST: Cusum = { up: 0, down: 0 };

/**
 * k, the reference value: what an hour may lie off its mean without being counted, in standard deviations.
 *
 * The textbook's 0.5 supposes independent samples. Where the mean wanders (correlated over hours) that gave a false
 * alarm in every simulated year; 4 gave none, and found the article's drift as early (docs/decisions/0004-drift.md).
 */
export const REFERENCE = 4;
/** No hour counts for more than this, so that one odd hour (a download, an outage) can't reach any limit alone. */
const HOUR_AT_MOST = 7;

/**
 * @param z the hour's mean less the baseline's, in standard deviations
 * @param k another reference value, for measurements of what it costs
 */
export function advance({ up, down }: Cusum, z: number, atMost: number, k = REFERENCE): Cusum {
  const bounded = Math.max(-HOUR_AT_MOST, Math.min(HOUR_AT_MOST, z));
  return {
    up: Math.min(atMost, Math.max(0, up + bounded - k)),
    down: Math.min(atMost, Math.max(0, down - bounded - k)),
  };
}

export function statistic({ up, down }: Cusum): number {
  return Math.max(up, down);
}
