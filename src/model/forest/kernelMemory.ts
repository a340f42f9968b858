import { RANK_OF_LEAF, RANK_SHIFT, ROWS_AT_ONCE } from './kernel.js';
import type { QuantisedForest } from './quantised.js';

/** Rows a block: their ranks and one tree's nodes fit a first-level cache of 32 kB (128 × 9 × 8 bytes = 9 kB). */
export const BLOCK_ROWS = 16 * ROWS_AT_ONCE;

/** A forest laid out for the kernel, with room for one block of rows. Addresses are bytes into `memory`. */
export interface KernelMemory {
  readonly memory: WebAssembly.Memory;
  readonly addresses: Readonly<
    Record<'trees' | 'treesEnd' | 'columns' | 'paths' | 'values' | 'ranks' | 'weights' | 'totals', number>
  >;
  readonly values: Float64Array;
  readonly weights: Float64Array;
  readonly totals: Float64Array;
}

const PAGE = 65_536;
const WORD = 8;

export function layOut(forest: QuantisedForest): KernelMemory {
  const width = forest.thresholds.length;
  const trees = forest.roots.length;
  const padded = forest.thresholds.map(paddedThresholds);
  let words = 0;
  const reserve = (count: number) => {
    const address = words * WORD;
    words += count;
    return address;
  };
  const nodesAt = reserve(forest.rank.length);
  const treesAt = reserve(trees);
  const columnsAt = reserve(width);
  const pathsAt = reserve(forest.paths.length);
  const thresholdsAt = padded.map((column) => reserve(column.length));
  const valuesAt = reserve(BLOCK_ROWS * width);
  const ranksAt = reserve(BLOCK_ROWS * width);
  const weightsAt = reserve(trees * BLOCK_ROWS);
  const totalsAt = reserve(BLOCK_ROWS);

  const memory = new WebAssembly.Memory({ initial: Math.ceil((words * WORD) / PAGE) });
  const doubles = (address: number, length: number) => new Float64Array(memory.buffer, address, length);
  const pairs = (address: number, length: number) => new Int32Array(memory.buffer, address, 2 * length);

  doubles(pathsAt, forest.paths.length).set(forest.paths);
  writeNodes(new BigUint64Array(memory.buffer, nodesAt, forest.rank.length), forest, nodesAt);
  pairs(treesAt, trees).set(
    forest.roots.flatMap(({ node, depth }) => [nodesAt + node * WORD, Math.max(1, depth)]),
  );
  pairs(columnsAt, width).set(
    padded.flatMap((column, c) => [thresholdsAt[c] as number, (column.length / 2) * WORD]),
  );
  for (const [c, column] of padded.entries()) doubles(thresholdsAt[c] as number, column.length).set(column);

  return {
    memory,
    addresses: {
      trees: treesAt,
      treesEnd: treesAt + trees * WORD,
      columns: columnsAt,
      paths: pathsAt,
      values: valuesAt,
      ranks: ranksAt,
      weights: weightsAt,
      totals: totalsAt,
    },
    values: doubles(valuesAt, BLOCK_ROWS * width),
    weights: doubles(weightsAt, trees * BLOCK_ROWS),
    totals: doubles(totalsAt, BLOCK_ROWS),
  };
}

function writeNodes(nodes: BigUint64Array, forest: QuantisedForest, nodesAt: number): void {
  for (let i = 0; i < nodes.length; i++) {
    const rank = (forest.rank[i] as number) + (forest.isLeaf[i] === 1 ? RANK_OF_LEAF : 0);
    const child = nodesAt + (forest.child[i] as number) * WORD;
    const feature = (forest.feature[i] as number) * WORD;
    nodes[i] = (BigInt(rank) << BigInt(RANK_SHIFT)) | (BigInt(child) << 8n) | BigInt(feature);
  }
}

/** Filled up with +∞ to the next power of two above the number of thresholds: what the search expects. */
function paddedThresholds(thresholds: Float64Array): Float64Array {
  const length = 2 ** Math.max(1, Math.ceil(Math.log2(thresholds.length + 1)));
  const padded = new Float64Array(length).fill(Number.POSITIVE_INFINITY);
  padded.set(thresholds);
  return padded;
}
