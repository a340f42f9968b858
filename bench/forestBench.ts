import { IsolationForest } from 'ml-isolation-forest';
import { batchScorer } from '../src/model/forest/batchScorer.js';
import { growTree } from '../src/model/forest/grow.js';
import { RememberedScores } from '../src/model/forest/rememberedScores.js';
import { ForestScorer } from '../src/model/forest/scorer.js';
import type { Tree } from '../src/model/forest/tree.js';
import { seeded } from './forestRows.js';
import type { Peers } from './peers.js';
import { type Contender, interleave, type Result, timed } from './rounds.js';
import { ScoreWorkers } from './scoreWorkers.js';

const TREES = 200;
const SUBSAMPLE = 256;
/** The slow ones take fewer rows a pass. */
const PLAIN_ROWS = 10_000;
const LIBRARY_ROWS = 2_000;

/** Memory that is empty when each pass begins. */
export const COLD = 'this project: remembered rows, cold';

export interface ForestBench {
  readonly results: readonly Result[];
  /** the largest difference between the plain scorer and any faster way, over all rows scored by it */
  readonly largestDifference: number;
  readonly rows: number;
  /** different rows among them */
  readonly differentRows: number;
}

/** Scores the same rows by every contender, interleaved. The first one is scikit-learn where there is one. */
export async function benchForest(
  training: Float64Array,
  rows: Float64Array,
  width: number,
  rounds: number,
  peers: Peers | undefined,
  installed: Readonly<Record<string, string>>,
  folder: string,
): Promise<ForestBench> {
  const trees = grow(training, width);
  const count = rows.length / width;
  const plain = new ForestScorer(trees, SUBSAMPLE);
  const batch = batchScorer(trees, SUBSAMPLE);
  const workers = await ScoreWorkers.start(2, trees, SUBSAMPLE, rows, width);
  const scores = new Float64Array(count);
  const memory = () => new RememberedScores((row) => plain.score(row), width);
  const warm = memory();
  const rememberedScores = new Float64Array(count);
  const scoreBy = (remembered: RememberedScores) => {
    for (let r = 0; r < count; r++) rememberedScores[r] = remembered.score(rows, r * width);
  };
  const plainRows = asArrays(rows, width, PLAIN_ROWS);
  const library = libraryForest(training, width);
  const libraryRows = plainRows.slice(0, LIBRARY_ROWS);
  try {
    const ours = (name: string, threads: number, work: () => void | Promise<void>, passRows = count) => ({
      name,
      threads,
      rows: passRows,
      pass: () => timed(work),
    });
    const results = await interleave(
      [
        ...(await peerContenders(peers, installed, training, rows, width, folder)),
        ours('this project: blocks', 1, () => batch.scoreAll(rows, scores)),
        ours('this project: blocks', 2, () => workers.scoreAll()),
        ours(COLD, 1, () => scoreBy(memory())),
        ours('this project: remembered rows, warm', 1, () => scoreBy(warm)),
        ours('this project: plain', 1, () => void plainRows.map((row) => plain.score(row)), plainRows.length),
        ours('ml-isolation-forest', 1, () => void library.predict(libraryRows), libraryRows.length),
      ],
      rounds,
    );
    const expected = plainScores(plain, rows, width);
    return {
      results,
      largestDifference: Math.max(
        ...[scores, workers.scores, rememberedScores].map((given) => difference(expected, given)),
      ),
      rows: count,
      differentRows: new Set(asArrays(rows, width, count).map((row) => row.join())).size,
    };
  } finally {
    await workers.stop();
  }
}

async function peerContenders(
  peers: Peers | undefined,
  installed: Readonly<Record<string, string>>,
  training: Float64Array,
  rows: Float64Array,
  width: number,
  folder: string,
): Promise<readonly Contender[]> {
  if (peers === undefined) return [];
  await peers.fit(training, width, folder);
  await peers.load(rows, width, folder);
  const wanted: readonly (readonly [peer: string, threads: number])[] = [
    ['scikit-learn', 1],
    ['isotree', 1],
    ['isotree', 2],
    ['onnxruntime', 1],
    ['onnxruntime', 2],
  ];
  return wanted
    .filter(([peer]) => peer in installed)
    .map(([peer, threads]) => ({
      name: `${peer} ${installed[peer]}`,
      threads,
      rows: rows.length / width,
      pass: () => peers.score(peer, threads),
    }));
}

function grow(training: Float64Array, width: number): readonly Tree[] {
  const random = seeded(42);
  const count = training.length / width;
  return Array.from({ length: TREES }, () =>
    growTree(
      Array.from({ length: SUBSAMPLE }, () => {
        const r = Math.floor(random() * count);
        return [...training.subarray(r * width, (r + 1) * width)];
      }),
      random,
    ),
  );
}

/** ml-isolation-forest on 256 rows: on more it grows every tree on all of them. */
function libraryForest(training: Float64Array, width: number): IsolationForest {
  const forest = new IsolationForest({ nEstimators: TREES });
  forest.train(asArrays(training, width, SUBSAMPLE));
  return forest;
}

function plainScores(plain: ForestScorer, rows: Float64Array, width: number): Float64Array {
  return Float64Array.from({ length: rows.length / width }, (_, r) =>
    plain.score(rows.subarray(r * width, (r + 1) * width)),
  );
}

function difference(expected: Float64Array, given: Float64Array): number {
  return expected.reduce((largest, score, r) => Math.max(largest, Math.abs(score - (given[r] as number))), 0);
}

function asArrays(rows: Float64Array, width: number, atMost: number): number[][] {
  const count = Math.min(atMost, rows.length / width);
  return Array.from({ length: count }, (_, r) => [...rows.subarray(r * width, (r + 1) * width)]);
}
