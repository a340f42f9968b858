/**
 * The weighted quantile: the smallest value at or below which at least `q` of the total weight lies.
 *
 * @param values finite numbers
 * @param weights of the same length, positive
 * @param q 0 … 1
 */
export function weightedQuantile(values: readonly number[], weights: readonly number[], q: number): number {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const total = weights.reduce((sum, w) => sum + w, 0);
  let below = 0;
  for (const i of order) {
    below += weights[i] ?? 0;
    if (below >= q * total) return values[i] ?? 0;
  }
  return values[order[order.length - 1] ?? 0] ?? 0;
}

/** @returns the middle one, of an even number the larger of two; 0 of none */
export function median(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.floor(ascending.length / 2)] ?? 0;
}
