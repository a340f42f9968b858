/**
 * One isolation tree in flat arrays, node 0 the root.
 *
 * `feature[i]` is the column that node i splits on, or −1 for a leaf. For an inner node `value[i]` is the
 * threshold (a row goes to `left[i]` when its value is below it, else to `left[i] + 1`). For a leaf `value[i]`
 * is its depth plus c(rows in it), the path length of a row that ends there.
 * `low` and `high` bound the rows the tree was grown on, a pair for each column: the box that the padding of
 * `pathLength.ts` measures distances from.
 */
export interface Tree {
  readonly feature: readonly number[];
  readonly value: readonly number[];
  readonly left: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}
