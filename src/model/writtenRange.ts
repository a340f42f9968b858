/** The least and the most that was ever written to one register or point. */
export type Range = readonly [least: number, most: number];

/** A range of few values is short by chance: so many times its width has to lie between it and what is told. */
const WIDTHS = 3;
/** What always had one value tells no scale of its own: a tenth of it is another value. */
const OF_CONSTANT = 0.1;
/** … and a hundredth of what varies little, since a range of a few rounded values is short by chance. */
const OF_VARYING = 0.01;
/** Registers hold whole numbers. */
const MARGIN_AT_LEAST = 1;

/** How far beyond its range a value may lie: three times as far as the range is wide, or a share of what it holds. */
export function marginOf([least, most]: Range): number {
  const size = Math.max(Math.abs(least), Math.abs(most));
  return Math.max(
    WIDTHS * (most - least),
    (most === least ? OF_CONSTANT : OF_VARYING) * size,
    MARGIN_AT_LEAST,
  );
}

/** How far a value lies beyond its range, in margins: 0 within it, above 1 far off. */
export function marginsBeyond(value: number, range: Range): number {
  const [least, most] = range;
  return Math.max(0, least - value, value - most) / marginOf(range);
}

export function isFarOff(value: number, range: Range): boolean {
  return marginsBeyond(value, range) > 1;
}
