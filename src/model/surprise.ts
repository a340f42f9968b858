/**
 * The surprise chart's statistic: a one-sided CUSUM of −log10 p (Page 1954) with the reference value 1, which is
 * over twice what a value drawn from the baseline adds on average (the mean of −log10 p of a uniform p is 0.43).
 */
const REFERENCE = 1;
/** One value adds no more than p = 1 in 10,000 would, however many rows its histogram has. */
export const SURPRISAL_AT_MOST = 4;

/** h: at least 20 (detector.md: normal polls stayed under 5.7), at least three times what held-out days of the baseline reached. */
export const SURPRISE_LIMIT = 20;
const LIMIT_OVER_HELD_OUT = 3;
/** Beyond it 15 odd values in a row, the most that each may add, would not be found: such a series isn't charted. */
const LIMIT_AT_MOST = 15 * (SURPRISAL_AT_MOST - REFERENCE);

/** A sum fades by half in a shift, so that what is odd once a day doesn't add up over weeks. */
const HALF_LIFE_SECONDS = 8 * 3600;

/** @param seconds since the value before */
export function addSurprisal(sum: number, surprisal: number, seconds: number): number {
  const kept = sum * 2 ** (-Math.max(0, seconds) / HALF_LIFE_SECONDS);
  return Math.max(0, kept + Math.min(SURPRISAL_AT_MOST, surprisal) - REFERENCE);
}

/**
 * @param largest the largest sum that held-out rows of the baseline reached
 * @returns undefined where normal values alone add up to too much
 */
export function surpriseLimit(largest: number): number | undefined {
  const limit = Math.max(SURPRISE_LIMIT, LIMIT_OVER_HELD_OUT * largest);
  return limit <= LIMIT_AT_MOST ? limit : undefined;
}
