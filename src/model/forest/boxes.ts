import type { Tree } from './tree.js';

/**
 * S0 of the padding: how far outside a tree's box a row must lie, on top of the box's own size, before it is as
 * likely as not to be cut off at the root. Measured together with UNSEEN, see docs/decisions/0002-forest.md.
 */
const PADDING = 30;

/** @returns S0 + R, R being the summed ranges of the tree's box: with e outside it, 1 − p = (S0 + R) / (S0 + R + e) */
export function paddedSize({ low, high }: Tree): number {
  return PADDING + low.reduce((sum, from, c) => sum + ((high[c] ?? 0) - from), 0);
}

/** @returns 1 − p, the chance that a row at distance `outside` of the box isn't cut off at the root; 0 at +∞ */
export function keptShare(size: number, outside: number): number {
  return outside === Number.POSITIVE_INFINITY ? 0 : size / (size + outside);
}
