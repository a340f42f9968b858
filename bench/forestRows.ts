import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Draws a number in [0, 1). */
export function seeded(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

/**
 * Rows that never repeat: every value is continuous, correlated with the one before it in the row, and one row in
 * a hundred lies five times as far out, so that boxes are left as often as in traffic with anomalies.
 *
 * @returns row by row
 */
export function continuousRows(count: number, width: number, seed: number): Float64Array {
  const random = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const rows = new Float64Array(count * width);
  for (let r = 0; r < count; r++) {
    const spread = random() < 0.01 ? 5 : 1;
    let previous = 0;
    for (let c = 0; c < width; c++) {
      previous = 0.5 * previous + spread * normal();
      rows[r * width + c] = previous;
    }
  }
  return rows;
}
