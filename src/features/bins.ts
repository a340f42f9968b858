/**
 * Bins on an asinh axis: linear below `scale`, logarithmic above it, so that zero and millisecond values have
 * bins of their own and every bin above is the same relative width.
 */
export interface BinAxis {
  /** the value (in the quantity's unit) where the axis turns from linear to logarithmic */
  readonly scale: number;
  /** bin width on the asinh axis; for values far above `scale` a bin spans about this relative step */
  readonly width: number;
}

/** Intervals in seconds: resolves 1 ms, 5 % steps above. */
export const INTERVAL_AXIS: BinAxis = { scale: 0.001, width: 0.05 };
/** Intervals as a multiple of the sequence's own median, for pooling short sequences. */
export const RATIO_AXIS: BinAxis = { scale: 0.01, width: 0.05 };
/** Payload bytes of a connection: 5 % steps above 16 bytes. */
export const BYTES_AXIS: BinAxis = { scale: 16, width: 0.05 };

/** @returns the index of the bin that holds `value` (value ≥ 0) */
export function binOf(value: number, axis: BinAxis): number {
  return Math.floor(Math.asinh(value / axis.scale) / axis.width);
}

/** @returns the value in the middle of a bin */
export function middleOf(bin: number, axis: BinAxis): number {
  return axis.scale * Math.sinh((bin + 0.5) * axis.width);
}
