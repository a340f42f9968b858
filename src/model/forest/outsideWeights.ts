import { keptShare, paddedSize } from './boxes.js';
import type { Tree } from './tree.js';

/** One bound of every tree's box in one feature, in the order in which a value leaves the boxes. */
interface Bounds {
  readonly value: Float64Array;
  readonly tree: Int32Array;
}

/**
 * The weight 1 − p of each tree for each row of a block: 1 where the row lies in the tree's box, as it does for
 * nearly all trees. So only the boxes that a value has left are visited, which sorted bounds find at once.
 */
export class OutsideWeights {
  readonly #weights: Float64Array;
  readonly #rows: number;
  readonly #lows: readonly Bounds[];
  readonly #highs: readonly Bounds[];
  readonly #size: Float64Array;
  readonly #outside: Float64Array;
  readonly #touched: Int32Array;
  #count = 0;

  /**
   * @param weights what is kept up to date: a row of `rows` weights for each tree
   * @param rows rows a block
   */
  constructor(trees: readonly Tree[], weights: Float64Array, rows: number) {
    const columns = (trees[0]?.low ?? []).map((_, c) => c);
    this.#weights = weights.fill(1);
    this.#rows = rows;
    this.#lows = columns.map((c) =>
      sortedBounds(
        trees.map((tree) => tree.low[c] ?? 0),
        -1,
      ),
    );
    this.#highs = columns.map((c) =>
      sortedBounds(
        trees.map((tree) => tree.high[c] ?? 0),
        1,
      ),
    );
    this.#size = Float64Array.from(trees, paddedSize);
    this.#outside = new Float64Array(weights.length);
    this.#touched = new Int32Array(weights.length);
  }

  /** Sets the weights of a block of rows that stands in `values` from `from`, row by row. */
  set(values: Float64Array, from: number, count: number): void {
    const width = this.#lows.length;
    for (let c = 0; c < width; c++) {
      const lows = this.#lows[c] as Bounds;
      const highs = this.#highs[c] as Bounds;
      const innermostLow = lows.value[0] as number;
      const innermostHigh = highs.value[0] as number;
      for (let r = 0; r < count; r++) {
        const value = values[from + r * width + c] as number;
        if (value < innermostLow) this.#add(lows, value, r, -1);
        // Both hold where boxes lie apart: below one tree's and above another's.
        if (value > innermostHigh) this.#add(highs, value, r, 1);
      }
    }
    for (let i = 0; i < this.#count; i++) {
      const at = this.#touched[i] as number;
      const tree = Math.floor(at / this.#rows);
      this.#weights[at] = keptShare(this.#size[tree] as number, this.#outside[at] as number);
    }
  }

  /** Makes all weights 1 again. */
  reset(): void {
    for (let i = 0; i < this.#count; i++) {
      const at = this.#touched[i] as number;
      this.#weights[at] = 1;
      this.#outside[at] = 0;
    }
    this.#count = 0;
  }

  #add({ value: bounds, tree }: Bounds, value: number, row: number, sign: 1 | -1): void {
    for (let i = 0; i < bounds.length; i++) {
      const distance = sign * (value - (bounds[i] as number));
      if (!(distance > 0)) break;
      const at = (tree[i] as number) * this.#rows + row;
      if (this.#outside[at] === 0) this.#touched[this.#count++] = at;
      this.#outside[at] = (this.#outside[at] as number) + distance;
    }
  }
}

/** @param sign 1: ascending, for upper bounds; −1: descending, for lower ones */
function sortedBounds(bounds: readonly number[], sign: 1 | -1): Bounds {
  const order = bounds.map((_, t) => t).sort((a, b) => sign * ((bounds[a] ?? 0) - (bounds[b] ?? 0)));
  return { value: Float64Array.from(order, (t) => bounds[t] ?? 0), tree: Int32Array.from(order) };
}
