import { parentPort, workerData } from 'node:worker_threads';
import { batchScorer } from '../src/model/forest/batchScorer.js';
import type { Tree } from '../src/model/forest/tree.js';

/** What a worker is given once; after that each message is a range of rows to score. */
export interface ScoreWorkerData {
  readonly trees: readonly Tree[];
  readonly subsample: number;
  readonly width: number;
  readonly rows: SharedArrayBuffer;
  readonly scores: SharedArrayBuffer;
}

const { trees, subsample, width, rows, scores } = workerData as ScoreWorkerData;
const scorer = batchScorer(trees, subsample);

parentPort?.on('message', ({ from, to }: { from: number; to: number }) => {
  scorer.scoreAll(
    new Float64Array(rows, from * width * 8, (to - from) * width),
    new Float64Array(scores, from * 8, to - from),
  );
  parentPort?.postMessage('done');
});
parentPort?.postMessage('ready');
