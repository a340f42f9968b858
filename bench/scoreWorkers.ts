import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Tree } from '../src/model/forest/tree.js';
import type { ScoreWorkerData } from './scoreWorker.js';

/** Scores rows in worker threads, each an equal share of them. */
export class ScoreWorkers {
  readonly scores: Float64Array;
  readonly #workers: readonly Worker[];
  readonly #count: number;

  private constructor(workers: readonly Worker[], count: number, scores: Float64Array) {
    this.#workers = workers;
    this.#count = count;
    this.scores = scores;
  }

  static async start(
    threads: number,
    trees: readonly Tree[],
    subsample: number,
    rows: Float64Array,
    width: number,
  ): Promise<ScoreWorkers> {
    const shared = new SharedArrayBuffer(rows.byteLength);
    new Float64Array(shared).set(rows);
    const count = rows.length / width;
    const scores = new SharedArrayBuffer(count * 8);
    const workerData: ScoreWorkerData = { trees, subsample, width, rows: shared, scores };
    const workers = Array.from(
      { length: threads },
      () => new Worker(new URL('./scoreWorker.js', import.meta.url), { workerData }),
    );
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    return new ScoreWorkers(workers, count, new Float64Array(scores));
  }

  async scoreAll(): Promise<void> {
    const share = Math.ceil(this.#count / this.#workers.length);
    await Promise.all(
      this.#workers.map((worker, i) => {
        const done = once(worker, 'message');
        worker.postMessage({ from: i * share, to: Math.min(this.#count, (i + 1) * share) });
        return done;
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
