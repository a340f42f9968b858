import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { demoCluster } from '../../src/demo/demoCluster.js';
import { plantOf, prepareSite } from '../pipeline/site.js';
import { median } from '../rounds.js';
import { type CaughtUp, catchUp } from './catchUp.js';
import { writeBacklog } from './writeBacklog.js';

/** What several scorers of one site do together, on this machine: prints one JSON object. */
const options = new Command('bench:partitions')
  .description('measure how fast 1, 2 and 4 partitions catch up with the same backlog, in turns')
  .option('--plcs <n>', 'PLCs whose traffic is caught up with', Number, 100)
  .option('--seconds <n>', 'how much of it', Number, 750)
  .option('--counts <list>', 'numbers of partitions', (v) => v.split(',').map(Number), [1, 2, 4])
  .option('--rounds <n>', 'rounds, of which medians are taken', Number, 2)
  .option('--page-size <n>', 'of the scorers, if other than their default')
  .option('--out <file>', 'where the report is written', 'bench-results.partitions.json')
  .parse()
  .opts<{
    plcs: number;
    seconds: number;
    counts: number[];
    rounds: number;
    pageSize?: string;
    out: string;
  }>();

const say = (line: string) => void process.stderr.write(`${line}\n`);
const cluster = await demoCluster(process.env, say);
try {
  const loadBefore = loadavg()[0] ?? 0;
  const to = Math.floor(Date.now() / 86_400_000) * 86_400;
  const site = await prepareSite({
    admin: cluster.admin,
    folder: cluster.folder,
    plcs: options.plcs,
    baselineDays: 14,
    to,
    say,
  });
  const from = new Date();
  say(`writing ${options.seconds} s of ${options.plcs} PLCs …`);
  const { documents, perSecond } = await writeBacklog(site, plantOf(options.plcs), options.seconds);
  say(`${documents} documents at ${perSecond} a second`);
  const given = {
    site,
    admin: cluster.admin,
    models: join(cluster.folder, 'models'),
    from,
    documents,
    extra: options.pageSize === undefined ? [] : ['--page-size', options.pageSize],
  };
  // The first run warms Elasticsearch up, and says which alerts there are to find; its speed is no part of the comparison.
  const warm = await catchUp({ ...given, count: 1, name: 'warm' });
  say(`warming up: ${lineOf(warm)}`);
  const runs: CaughtUp[] = [];
  for (let round = 0; round < options.rounds; round++)
    for (const count of options.counts) {
      const run = await catchUp({ ...given, count, name: `r${round}n${count}` });
      say(lineOf(run));
      if (run.alerts.join() !== warm.alerts.join()) throw new Error(differenceOf(run.alerts, warm.alerts));
      runs.push(run);
    }
  const report = {
    node: process.version,
    loadAverage: { before: loadBefore, after: loadavg()[0] ?? 0 },
    plcs: options.plcs,
    seconds: options.seconds,
    documents,
    arrivedPerSecond: perSecond,
    partitions: options.counts.map((count) => summary(runs, count)),
    runs: runs.map(shown),
  };
  writeFileSync(options.out, `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
} finally {
  await cluster.stop();
}

/** Medians over the rounds; the ratio is of runs of the same round. */
function summary(all: readonly CaughtUp[], count: number) {
  const of = (n: number) => all.filter((run) => run.count === n);
  const own = of(count);
  const one = of(options.counts[0] ?? 1);
  const rounded = (values: readonly number[], digits: number) => Number(median(values).toFixed(digits));
  return {
    count,
    rowsPerSecond: rounded(
      own.map(({ rowsPerSecond }) => rowsPerSecond),
      0,
    ),
    ratioToFirst: rounded(
      own.map(({ rowsPerSecond }, i) => rowsPerSecond / (one[i]?.rowsPerSecond ?? Number.NaN)),
      2,
    ),
    scorerMicroseconds: rounded(
      own.map(({ scorerMicroseconds }) => scorerMicroseconds),
      1,
    ),
    elasticsearchMicroseconds: rounded(
      own.map(({ elasticsearchMicroseconds }) => elasticsearchMicroseconds),
      1,
    ),
  };
}

function shown(run: CaughtUp) {
  return { ...run, alerts: run.alerts.length };
}

function lineOf(run: CaughtUp): string {
  return JSON.stringify(shown(run));
}

function differenceOf(own: readonly string[], expected: readonly string[]): string {
  const without = (from: readonly string[], what: readonly string[]) =>
    from.filter((id) => !what.includes(id)).join(', ') || 'none';
  return `alerts differ from one scorer's: missing ${without(expected, own)}; more: ${without(own, expected)}`;
}
