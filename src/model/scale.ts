import { ALERT_LINE } from './artifact.js';

/** The scale of every score: −0.5 … 0.5, lower is more anomalous; below ALERT_LINE (−0.15) is an anomaly. */
export const MOST_USUAL = 0.5;
export const MOST_ANOMALOUS = -0.5;
/** The first score that is clearly below the line, whatever rounding does. */
const JUST_BELOW = ALERT_LINE - 0.01;

/**
 * Maps a statistic with a limit of its own onto the scale: 0 → 0.5, the limit → just below the line, and on
 * towards −0.5 as it grows, so that what is further out ranks first.
 *
 * @param statistic 0 or more, finite or Infinity; not a number counts as 0 (nothing can be said)
 * @param limit above 0: from here on it is an anomaly
 */
export function scoreOf(statistic: number, limit: number): number {
  if (!(statistic > 0)) return MOST_USUAL;
  if (statistic < limit) return MOST_USUAL - (MOST_USUAL - ALERT_LINE) * (statistic / limit);
  return JUST_BELOW - (JUST_BELOW - MOST_ANOMALOUS) * (1 - limit / statistic);
}
