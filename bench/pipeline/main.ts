import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { demoCluster } from '../../src/demo/demoCluster.js';
import { measureBackfill } from './backfill.js';
import { type LiveResult, measureLive, plcsFor } from './live.js';
import { startScorer } from './scorerProcess.js';
import { prepareSite } from './site.js';

const options = new Command('bench:pipeline')
  .description(
    'measure, on a real Elasticsearch, how soon an alert can be found and how fast the past is scored',
  )
  .option('--rates <list>', 'documents a second', (v) => v.split(',').map(Number), [100, 1_000, 5_000])
  .option('--seconds <n>', 'how long each rate lasts', Number, 60)
  .option('--rounds <n>', 'rounds of the backfill, of which medians are taken', Number, 3)
  .option('--poll-ms <n>', 'the scorer’s poll, if other than its default')
  .option('--baseline-days <n>', 'days to learn from; with 14 the set-up is shortest', Number, 31)
  .option('--site-plcs <n>', 'PLCs of the baseline; default: as many as the highest rate takes', Number)
  .option('--out <file>', 'where the report is written', 'bench-results.pipeline.json')
  .parse()
  .opts<{
    rates: number[];
    seconds: number;
    rounds: number;
    pollMs?: string;
    baselineDays: number;
    sitePlcs?: number;
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
    plcs: options.sitePlcs ?? plcsFor(Math.max(...options.rates)),
    baselineDays: options.baselineDays,
    to,
    say,
  });
  const scorer = await startScorer({
    url: cluster.admin.url,
    apiKey: site.apiKey('scorer'),
    namespace: site.namespace,
    models: join(cluster.folder, 'models'),
    ...(options.pollMs === undefined ? {} : { arguments: ['--poll-ms', options.pollMs] }),
  });
  const began = Date.now() / 1_000;
  const live: LiveResult[] = [];
  for (const rate of options.rates) {
    say(`${rate} documents a second for ${options.seconds} s …`);
    const result = await measureLive(site, scorer, rate, options.seconds);
    say(`  ${JSON.stringify(result)}`);
    live.push(result);
  }
  await scorer.stop();
  say('scoring what was written once more, as a window of the past …');
  const backfill = await measureBackfill(
    site,
    Math.floor(began),
    Math.ceil(Date.now() / 1_000),
    options.rounds,
  );
  const report = {
    node: process.version,
    loadAverage: { before: loadBefore, after: loadavg()[0] ?? 0 },
    baseline: {
      documents: site.baselineDocuments,
      ingestedPerSecond: site.baselineRowsPerSecond,
      trainSeconds: Math.round(site.trainSeconds * 10) / 10,
    },
    live,
    backfill,
  };
  writeFileSync(options.out, `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
} finally {
  await cluster.stop();
}
