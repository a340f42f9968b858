import type { Tree } from './tree.js';

/** A tree's first node and how many steps reach any of its leaves. */
interface Root {
  readonly node: number;
  readonly depth: number;
}

/**
 * A forest whose thresholds are replaced by their rank among all thresholds of the same feature, so that a row
 * is compared in small integers: with r = the number of thresholds t of the feature for which not v < t, a row
 * goes left at the threshold of rank k exactly when r ≤ k. (NaN is below nothing: it goes right everywhere.)
 */
export interface QuantisedForest {
  /** ascending, distinct, one list a feature */
  readonly thresholds: readonly Float64Array[];
  readonly roots: readonly Root[];
  /** what a node splits on; 0 at a leaf */
  readonly feature: Uint8Array;
  /** an inner node's threshold as its rank; at a leaf the index into `paths` */
  readonly rank: Int32Array;
  /** the left child, right beside it the right one; a leaf is its own child */
  readonly child: Int32Array;
  readonly isLeaf: Uint8Array;
  /** the distinct path lengths of all leaves */
  readonly paths: Float64Array;
}

/** The kernel's node holds a feature in 8 bits, of which 3 scale it to bytes, and ranks in 22 bits. */
const FEATURES_AT_MOST = 32;
const RANKS_AT_MOST = 2 ** 22 - 1;
/** 512 MB of nodes. */
const NODES_AT_MOST = 2 ** 26;

/** @returns undefined where the forest is too large for the kernel's nodes: then ForestScorer scores it */
export function quantise(trees: readonly Tree[]): QuantisedForest | undefined {
  const width = trees[0]?.low.length ?? 0;
  const nodes = trees.reduce((sum, tree) => sum + tree.feature.length, 0);
  if (width === 0 || width > FEATURES_AT_MOST || nodes > NODES_AT_MOST) return undefined;
  const ranks = Array.from({ length: width }, (_, c) => ranksOf(trees, c));
  if (ranks.some((column) => column.size > RANKS_AT_MOST)) return undefined;

  const feature = new Uint8Array(nodes);
  const rank = new Int32Array(nodes);
  const child = new Int32Array(nodes);
  const isLeaf = new Uint8Array(nodes);
  const paths = new Map<number, number>();
  const roots: Root[] = [];
  let offset = 0;
  for (const tree of trees) {
    roots.push({ node: offset, depth: depthOf(tree) });
    for (const [i, column] of tree.feature.entries()) {
      const node = offset + i;
      const value = tree.value[i] as number;
      if (column < 0) {
        isLeaf[node] = 1;
        child[node] = node;
        rank[node] = paths.get(value) ?? paths.set(value, paths.size).size - 1;
      } else {
        feature[node] = column;
        child[node] = offset + (tree.left[i] as number);
        rank[node] = ranks[column]?.get(value) as number;
      }
    }
    offset += tree.feature.length;
  }
  return {
    thresholds: ranks.map((column) => Float64Array.from(column.keys())),
    roots,
    feature,
    rank,
    child,
    isLeaf,
    paths: Float64Array.from(paths.keys()),
  };
}

function ranksOf(trees: readonly Tree[], column: number): ReadonlyMap<number, number> {
  const distinct = new Set<number>();
  for (const { feature, value } of trees) {
    for (const [i, f] of feature.entries()) if (f === column) distinct.add(value[i] as number);
  }
  return new Map([...Float64Array.from(distinct).sort()].map((threshold, i) => [threshold, i]));
}

/** Children stand behind their parent, so one pass from the end finds every node's height. */
function depthOf({ feature, left }: Tree): number {
  const height = new Int32Array(feature.length);
  for (let i = feature.length - 1; i >= 0; i--) {
    const child = left[i] as number;
    if ((feature[i] as number) >= 0)
      height[i] = 1 + Math.max(height[child] as number, height[child + 1] as number);
  }
  return height[0] ?? 0;
}
