/**
 * The article's slow-drift injection test: seven days of a poll every half second, whose payload from the originator
 * grows from 250 to 450 bytes, in equal steps of less than a thousandth of a byte.
 */
export const ARTICLE = {
  days: 7,
  pollsADay: 172_800,
  from: 250,
  to: 450,
} as const;

export const POLLS_AN_HOUR = ARTICLE.pollsADay / 24;
export const DRIFT_HOURS = ARTICLE.days * 24;

/** Day 1 is the first: the article counts from 0, so this is the stricter reading of "no later than day 5". */
export function dayOf(hours: number): number {
  return Math.floor(hours / 24) + 1;
}
