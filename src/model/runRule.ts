/**
 * The 3-of-10 rule: three of the last ten values beyond a milder cut-off than one value alone would need, in the
 * manner of the Western Electric zone rules. Single short gaps from retransmits don't reach it.
 */
export const HITS = 3;
export const WINDOW = 10;
/** Of fewer rows than a hundred "never seen" says less: half of the last ten have to. */
const ROWS_FOR_THREE = 100;
const HITS_OF_FEW_ROWS = 5;
const MASK = (1 << WINDOW) - 1;

/** @param bits the last ten, newest lowest; @returns them with the newest added */
export function addHit(bits: number, hit: boolean): number {
  return ((bits << 1) | (hit ? 1 : 0)) & MASK;
}

export function hits(bits: number): number {
  let n = 0;
  for (let b = bits; b !== 0; b &= b - 1) n += 1;
  return n;
}

/** The last ten of a sequence, and the newest odd interval (s) if nothing has made up for it yet. */
export interface Run {
  /** newest lowest */
  readonly bits: number;
  readonly odd?: number | undefined;
}

/** An odd interval may make up for the one before it, or for the one before that where a function is read twice a cycle. */
const NEAR = 0b11;

/**
 * Adds an interval. One that only makes up for an odd one is no hit: a request that goes out late comes after a long interval
 * and before a short one, and is one odd thing, not two. Another rhythm, or a second client between the polls, is odd in the
 * mean too.
 *
 * @param interval seconds
 * @param isOddMean whether a mean of two intervals (s) is odd too
 */
export function addInterval(
  { bits, odd }: Run,
  interval: number,
  isOdd: boolean,
  isOddMean: (mean: number) => boolean,
): Run {
  if (!isOdd) return { bits: addHit(bits, false), odd };
  if ((bits & NEAR) !== 0 && odd !== undefined && !isOddMean((interval + odd) / 2))
    return { bits: addHit(bits, false) };
  return { bits: addHit(bits, true), odd: interval };
}

/** @param rows of the baseline that the values are held against */
export function hitsNeeded(rows: number): number {
  return rows < ROWS_FOR_THREE ? HITS_OF_FEW_ROWS : HITS;
}
