import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { demoCluster } from '../../src/demo/demoCluster.js';
import { measureLive, plcsFor } from '../pipeline/live.js';
import { type PartProcess, startPart } from '../pipeline/partProcess.js';
import { startScorer } from '../pipeline/scorerProcess.js';
import { type BenchSite, prepareSite } from '../pipeline/site.js';

const INTRUDE_EVERY_MS = 80;

const options = new Command('bench:triage')
  .description(
    'measure, in turn, how soon an alert can be found with and without a triage worker and a hostile LLM',
  )
  .option('--rate <n>', 'documents a second', Number, 100)
  .option('--seconds <n>', 'how long each leg lasts', Number, 30)
  .option('--rounds <n>', 'legs of each kind', Number, 3)
  .option('--out <file>', 'where the report is written', 'bench-results.triage.json')
  .parse()
  .opts<{ rate: number; seconds: number; rounds: number; out: string }>();

interface Leg {
  readonly triage: boolean;
  readonly n: number;
  readonly missed: number;
  readonly p50: number;
  readonly p99: number;
}

const say = (line: string) => void process.stderr.write(`${line}\n`);
const cluster = await demoCluster(process.env, say);
const llm = spawn(process.execPath, [fileURLToPath(new URL('./hostileLlm.js', import.meta.url))], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [address] = (await once(llm.stdout, 'data')) as [Buffer];
  const loadBefore = loadavg()[0] ?? 0;
  const to = Math.floor(Date.now() / 86_400_000) * 86_400;
  const plcs = plcsFor(options.rate);
  const site = await prepareSite({ admin: cluster.admin, folder: cluster.folder, plcs, to, say });
  const scorer = await startScorer({
    url: cluster.admin.url,
    apiKey: site.apiKey('scorer'),
    namespace: site.namespace,
    models: join(cluster.folder, 'models'),
  });
  const perLeg = (options.seconds * 1_000) / INTRUDE_EVERY_MS;
  const all = { with: [] as number[], without: [] as number[] };
  const legs: Leg[] = [];
  let alerts = 0;
  // One leg of neither kind first: what is compiled and cached in it is no part of the comparison.
  for (let leg = -1; leg < 2 * options.rounds; leg++) {
    const triage = leg >= 0 && leg % 2 === 1;
    const worker = triage ? await startTriage(site, address.toString().trim()) : undefined;
    const delays: number[] = [];
    const intruders = { everyMs: INTRUDE_EVERY_MS, first: (leg + 1) * perLeg };
    const result = await measureLive(site, scorer, options.rate, options.seconds, intruders, (ms) => {
      delays.push(ms);
    });
    alerts += result.latencyMs.n;
    if (triage) await annotated(site, alerts); // those of the legs without, too: a worker looks back at its start
    await worker?.stop();
    if (leg < 0) continue;
    all[triage ? 'with' : 'without'].push(...delays);
    const { n, p50, p99 } = result.latencyMs;
    legs.push({ triage, n, missed: result.missed, p50, p99 });
    say(JSON.stringify(legs.at(-1)));
  }
  await scorer.stop();
  const report = {
    node: process.version,
    loadAverage: { before: loadBefore, after: loadavg()[0] ?? 0 },
    legs,
    alerts,
    without: quantiles(all.without),
    with: quantiles(all.with),
    outcomes: await outcomes(site),
  };
  writeFileSync(options.out, `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
} finally {
  llm.kill();
  await cluster.stop();
}

function startTriage(site: BenchSite, url: string): Promise<PartProcess> {
  return startPart({
    arguments: ['triage', '--namespace', site.namespace, '--window', '1'],
    env: {
      ES_URL: cluster.admin.url,
      ES_API_KEY: site.apiKey('triage'),
      OT_ANOMALY_LLM_URL: url,
      OT_ANOMALY_LLM_SLA_SECONDS: '5',
    },
    ready: /triage started/,
  });
}

/** Waits until so many alerts bear an annotation. */
async function annotated(site: BenchSite, atLeast: number): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    const found = Object.values(await outcomes(site)).reduce((sum, n) => sum + n, 0);
    if (found >= atLeast) return;
  }
  throw new Error(`fewer than ${atLeast} alerts were annotated within a minute`);
}

/** Annotations by outcome. */
async function outcomes(site: BenchSite): Promise<Readonly<Record<string, number>>> {
  const client = site.client('triage');
  const index = `logs-ot_anomaly.triage-${site.namespace}`;
  const { aggregations } = await client.search<
    unknown,
    { by: { buckets: readonly { readonly key: string; readonly doc_count: number }[] } }
  >({
    index,
    size: 0,
    aggregations: { by: { terms: { field: 'ot_anomaly.triage.outcome' } } },
  });
  await client.close();
  return Object.fromEntries((aggregations?.by.buckets ?? []).map((bucket) => [bucket.key, bucket.doc_count]));
}

function quantiles(delays: readonly number[]) {
  const sorted = [...delays].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN);
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
