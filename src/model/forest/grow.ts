import { IsolationForest, type TreeNode } from 'ml-isolation-forest';
import { averagePathLength } from './averagePathLength.js';
import type { Tree } from './tree.js';

/** Draws a number in [0, 1). */
export type Random = () => number;

/**
 * Grows one isolation tree with ml-isolation-forest on a subsample, and flattens it.
 *
 * The library draws from `Math.random` and its `train` is synchronous, so `random` stands in for it during
 * that one call and nothing else can run in between. Columns that are constant in the subsample are left
 * out, since the library would spend splits on them that isolate nothing.
 *
 * @param sample rows of equal length, typically 256 of them
 */
export function growTree(sample: readonly (readonly number[])[], random: Random): Tree {
  const { low, high } = bounds(sample);
  const columns = low.map((_, c) => c).filter((c) => (low[c] ?? 0) < (high[c] ?? 0));
  if (columns.length === 0) {
    return { feature: [-1], value: [averagePathLength(sample.length)], left: [0], low, high };
  }
  const varying = sample.map((row) => columns.map((c) => row[c] ?? 0));
  return { ...flatten(growOne(varying, random), columns), low, high };
}

function growOne(rows: readonly (readonly number[])[], random: Random): TreeNode {
  const original = Math.random;
  Math.random = random;
  try {
    const forest = new IsolationForest({ nEstimators: 1 });
    forest.train(rows);
    const root = forest.forest[0];
    if (root === undefined) throw new Error('ml-isolation-forest grew no tree');
    return root;
  } finally {
    Math.random = original;
  }
}

function flatten(root: TreeNode, columns: readonly number[]): Pick<Tree, 'feature' | 'value' | 'left'> {
  const feature: number[] = [];
  const value: number[] = [];
  const left: number[] = [];
  const queue: { node: TreeNode; depth: number }[] = [{ node: root, depth: 0 }];
  for (let i = 0; i < queue.length; i++) {
    const entry = queue[i];
    if (entry === undefined) break;
    const { node, depth } = withoutEmptyBranches(entry.node, entry.depth);
    if (node.left === undefined || node.right === undefined) {
      feature.push(-1);
      value.push(depth + averagePathLength(node.trainingSet?.length ?? 0));
      left.push(0);
    } else {
      feature.push(columns[node.splitColumn ?? 0] ?? 0);
      value.push(node.splitValue ?? 0);
      left.push(queue.length);
      queue.push({ node: node.left, depth: depth + 1 }, { node: node.right, depth: depth + 1 });
    }
  }
  return { feature, value, left };
}

/** A split on a column that is constant among the node's rows sends all of them one way: it isolates nothing. */
function withoutEmptyBranches(node: TreeNode, depth: number): { node: TreeNode; depth: number } {
  let current = node;
  while (current.left !== undefined && current.right !== undefined) {
    if (isEmpty(current.left)) current = current.right;
    else if (isEmpty(current.right)) current = current.left;
    else break;
  }
  return { node: current, depth };
}

function isEmpty(node: TreeNode): boolean {
  return node.trainingSet !== undefined && node.trainingSet.length === 0;
}

function bounds(sample: readonly (readonly number[])[]): { low: number[]; high: number[] } {
  const width = sample[0]?.length ?? 0;
  const low = new Array<number>(width).fill(Number.POSITIVE_INFINITY);
  const high = new Array<number>(width).fill(Number.NEGATIVE_INFINITY);
  for (const row of sample) {
    for (let c = 0; c < width; c++) {
      low[c] = Math.min(low[c] ?? 0, row[c] ?? 0);
      high[c] = Math.max(high[c] ?? 0, row[c] ?? 0);
    }
  }
  return { low, high };
}
