import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { FEATURES } from '../src/model/featureVector.js';
import { benchDetector } from './detectorBench.js';
import { benchForest, COLD, type ForestBench } from './forestBench.js';
import { continuousRows } from './forestRows.js';
import { Peers } from './peers.js';
import { plantStream } from './plantStream.js';
import { plot } from './plot.js';
import { benchTraining, type TrainingBench } from './trainingBench.js';

interface Options {
  readonly rows: number;
  readonly rounds: number;
  readonly sizes: readonly number[];
  readonly out: string;
}

const WIDTH = FEATURES.length;

const options = new Command('bench')
  .description('measure forest, detector and training, beside other libraries where they are installed')
  .option('--rows <n>', 'rows that each contender scores a round', Number, 100_000)
  .option('--rounds <n>', 'rounds, of which medians are taken', Number, 5)
  .option(
    '--sizes <list>',
    'rows of the windows trained on',
    (v) => v.split(',').map(Number),
    [1e5, 1e6, 1e7],
  )
  .option('--out <name>', 'where <name>.json and <name>.svg are written', 'bench-results')
  .parse()
  .opts<Options>();

const say = (line: string) => void process.stderr.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-bench-'));
const found = await Peers.start(process.env, say);
const bench = async (training: Float64Array, rows: Float64Array) => {
  const measured = await benchForest(
    training,
    rows,
    WIDTH,
    options.rounds,
    found?.peers,
    found?.versions ?? {},
    folder,
  );
  for (const { name, threads, rowsPerSecond, ratio } of measured.results) {
    say(`  ${name}, ${threads} thread(s): ${Math.round(rowsPerSecond)} rows/s, × ${ratio.toPrecision(3)}`);
  }
  return measured;
};
try {
  const loadBefore = loadavg()[0] ?? 0;
  say('simulating a plant …');
  const stream = await plantStream(options.rows);
  say('whole detector …');
  const detector = await benchDetector(stream, options.rounds);
  say(`  ${Math.round(detector.rowsPerSecond)} rows/s`);
  // The plant's stream first: the scorer is compiled for what it sees, and a million strangers are no plant.
  say('forest, the plant’s own stream …');
  const own = await bench(stream.training, stream.rows);
  say('forest, rows that never repeat …');
  const fresh = await bench(continuousRows(options.rows, WIDTH, 1), continuousRows(options.rows, WIDTH, 2));
  found?.peers.stop();
  const training: Record<string, TrainingBench> = {};
  for (const size of options.sizes) {
    say(`training on ${size} rows …`);
    training[size.toExponential().replace('+', '')] = await benchTraining(size);
  }
  const report = {
    node: process.version,
    peers: found?.versions ?? {},
    loadAverage: { before: loadBefore, after: loadavg()[0] ?? 0 },
    forest: { ...headline(fresh, 'this project: blocks'), ...fresh },
    plantStream: { ...headline(own, COLD), ...own },
    detector,
    training,
  };
  writeFileSync(`${options.out}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(
    `${options.out}.svg`,
    plot([
      { title: 'Forest alone, rows that never repeat', results: fresh.results },
      { title: 'Forest alone, a simulated plant’s own stream', results: own.results },
    ]),
  );
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
} finally {
  found?.peers.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Ratios are absent where there is no scikit-learn to hold against. */
function headline({ results }: ForestBench, name: string) {
  const one = results.find((result) => result.name === name && result.threads === 1);
  const two = results.find((result) => result.name === 'this project: blocks' && result.threads === 2);
  const compared = results[0]?.name.startsWith('scikit-learn') === true;
  return {
    rowsPerSecond: one?.rowsPerSecond,
    ...(compared ? { ratioToSklearn1T: one?.ratio, ratioToSklearn1T2Threads: two?.ratio } : {}),
  };
}
