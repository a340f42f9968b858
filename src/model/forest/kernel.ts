import { assemble, type Code, code, f64, get, i32, i64, repeatWhile, set, tee } from './assembler.js';

/**
 * Two loops over a block of rows in WebAssembly: `rank` turns values into ranks, `walk` adds up path lengths.
 * Both are free of branches that depend on the data, and take ROWS_AT_ONCE rows side by side, so that the
 * processor works on one row's step while another's memory access is still under way.
 *
 * A node is 64 bits: [rank or RANK_OF_LEAF + index of its path length: 24][address of the left child: 32]
 * [feature × 8: 8]. A row's rank is kept shifted by 40, so that node − rank is negative exactly when the row goes
 * right. A leaf's upper bits are larger than any rank and it is its own child, so a row that has arrived stays.
 */
export const ROWS_AT_ONCE = 8;
export const RANK_SHIFT = 40;
/** Above every rank (see RANKS_AT_MOST in quantised.ts), below the sign bit. */
export const RANK_OF_LEAF = 2 ** 22;

export interface Kernel {
  /**
   * @param values address of the block's rows, f64, row by row
   * @param ranks address of the same number of i64
   * @param columns address of [address of thresholds, bytes of half of them] pairs, i32, one a feature;
   *   thresholds ascending f64, filled up with +∞ to a power of two that is larger than their number
   * @param width features
   * @param rows a multiple of ROWS_AT_ONCE
   */
  rank(values: number, ranks: number, columns: number, width: number, rows: number): void;
  /**
   * @param trees address of [address of root, depth ≥ 1] pairs, i32
   * @param treesEnd address behind the last pair
   * @param ranks as written by `rank`
   * @param stride bytes of a row of ranks
   * @param paths address of the path lengths, f64
   * @param weights address of f64, a row of `rows` weights for each tree
   * @param totals address of f64, one a row: Σ weight × path length is added
   * @param rows a multiple of ROWS_AT_ONCE
   */
  walk(
    trees: number,
    treesEnd: number,
    ranks: number,
    stride: number,
    paths: number,
    weights: number,
    totals: number,
    rows: number,
  ): void;
}

export function instantiate(memory: WebAssembly.Memory): Kernel {
  const instance = new WebAssembly.Instance(module(), { env: { memory } });
  return instance.exports as unknown as Kernel;
}

let compiled: WebAssembly.Module | undefined;
function module(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(assemble([rankFunction(), walkFunction()]));
  return compiled;
}

/** Code for each of the rows that are taken side by side. */
function each(make: (g: number) => Code): Code {
  return code(...Array.from({ length: ROWS_AT_ONCE }, (_, g) => make(g)));
}

/** Bytes of an f64, an i64 or a pair of i32. */
const WORD = 8;

function rankFunction() {
  const [values, ranks, columns, width, rows] = [0, 1, 2, 3, 4];
  const [column, row, thresholds, half, stride, first, offset] = [5, 6, 7, 8, 9, 10, 11];
  const position = (g: number) => 12 + g;
  const value = (g: number) => 12 + ROWS_AT_ONCE + g;
  const address = (base: number, g: number) =>
    code(get(base), get(offset), i32.add, ...Array(g).fill(code(get(stride), i32.add)));

  const search = code(
    each((g) =>
      code(
        ...[get(position(g)), get(half)],
        ...[get(value(g)), get(thresholds), get(position(g)), i32.add, get(half), i32.add],
        ...[i32.const(WORD), i32.sub, f64.load(), f64.lt, i32.const(1), i32.sub], // 0 if below, else all ones
        ...[i32.and, i32.add, set(position(g))],
      ),
    ),
    ...[get(half), i32.const(1), i32.shrU, tee(half), i32.const(WORD), i32.geS],
  );
  const rowsLoop = code(
    each((g) => code(address(values, g), f64.load(), set(value(g)), i32.const(0), set(position(g)))),
    ...[get(first), set(half), repeatWhile(search)],
    each((g) =>
      code(
        address(ranks, g),
        ...[get(position(g)), i64.extendU, i64.const(RANK_SHIFT - 3), i64.shl, i64.store()],
      ),
    ),
    ...[get(offset), ...Array(ROWS_AT_ONCE).fill(code(get(stride), i32.add)), set(offset)],
    ...[get(row), i32.const(ROWS_AT_ONCE), i32.add, tee(row), get(rows), i32.ltS],
  );
  const columnsLoop = code(
    ...[get(columns), i32.load(0), set(thresholds), get(columns), i32.load(4), set(first)],
    ...[i32.const(0), set(row), get(column), i32.const(3), i32.shl, set(offset)],
    repeatWhile(rowsLoop),
    ...[get(columns), i32.const(WORD), i32.add, set(columns)],
    ...[get(column), i32.const(1), i32.add, tee(column), get(width), i32.ltS],
  );
  return {
    name: 'rank',
    parameters: 5,
    locals: [...Array(7 + ROWS_AT_ONCE).fill('i32'), ...Array(ROWS_AT_ONCE).fill('f64')],
    body: code(get(width), i32.const(3), i32.shl, set(stride), repeatWhile(columnsLoop)),
  };
}

function walkFunction() {
  const [trees, treesEnd, ranks, stride, paths, weights, totals, rows] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [row, steps, root, depth, rankRow, total] = [8, 9, 10, 11, 12, 13];
  const node = (g: number) => 14 + g;
  const start = (g: number) => 14 + ROWS_AT_ONCE + g;
  const word = 14 + 2 * ROWS_AT_ONCE;

  const step = code(
    each((g) =>
      code(
        ...[get(node(g)), i64.load(), tee(word), i64.const(8), i64.shrU, i32.wrap],
        ...[get(word), get(start(g)), get(word), i32.wrap, i32.const(0xff), i32.and, i32.add, i64.load()],
        ...[i64.sub, i64.const(60), i64.shrU, i32.wrap, i32.const(WORD), i32.and],
        ...[i32.add, set(node(g))],
      ),
    ),
    ...[get(steps), i32.const(1), i32.sub, tee(steps)],
  );
  const addUp = each((g) =>
    code(
      get(total),
      ...[get(total), f64.load(g * WORD), get(weights), f64.load(g * WORD)],
      ...[get(node(g)), i64.load(), i64.const(RANK_SHIFT - 3), i64.shrU, i32.wrap, i32.const(-WORD), i32.and],
      ...[i32.const(RANK_OF_LEAF * WORD), i32.sub, get(paths), i32.add, f64.load()],
      ...[f64.mul, f64.add, f64.store(g * WORD)],
    ),
  );
  const nextRows = code(
    ...[get(total), i32.const(ROWS_AT_ONCE * WORD), i32.add, set(total)],
    ...[get(weights), i32.const(ROWS_AT_ONCE * WORD), i32.add, set(weights)],
    ...[get(row), i32.const(ROWS_AT_ONCE), i32.add, tee(row), get(rows), i32.ltS],
  );
  const rowsLoop = code(
    each((g) =>
      code(
        ...[get(root), set(node(g)), get(rankRow), set(start(g))],
        ...[get(rankRow), get(stride), i32.add, set(rankRow)],
      ),
    ),
    ...[get(depth), set(steps), repeatWhile(step), addUp, nextRows],
  );
  const treesLoop = code(
    ...[get(trees), i32.load(0), set(root), get(trees), i32.load(4), set(depth)],
    ...[get(ranks), set(rankRow), get(totals), set(total), i32.const(0), set(row)],
    repeatWhile(rowsLoop),
    ...[get(trees), i32.const(WORD), i32.add, tee(trees), get(treesEnd), i32.ltS],
  );
  return {
    name: 'walk',
    parameters: 8,
    locals: [...Array(6 + 2 * ROWS_AT_ONCE).fill('i32'), 'i64' as const],
    body: repeatWhile(treesLoop),
  };
}
