import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { followArrivals } from '../app/followArrivals.js';
import { followProduction } from '../app/followProduction.js';
import { tellBoundary } from '../app/governance/tellBoundary.js';
import { watchBoundary } from '../app/governance/watchBoundary.js';
import { scoreWindow } from '../app/scoreWindow.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import type { Heartbeat } from '../elasticsearch/heartbeat.js';
import { scorerMetrics } from '../metrics/scorerMetrics.js';
import { startStatusServer } from '../metrics/statusServer.js';
import { productionModel } from '../registry/productionModel.js';
import type { RegistryFiles } from '../registry/registryFiles.js';
import { loadModel } from '../registry/store.js';
import { PARTITIONS_AT_MOST, type Partition, parsePartition } from '../scoring/partition.js';
import { pinned } from './governanceOptions.js';
import { interruptSignal } from './interrupt.js';
import { createLog } from './log.js';
import {
  indexOption,
  modelsOption,
  namespaceOption,
  parseInteger,
  parseTime,
  profileOption,
  READING_DEFAULTS,
  sourceOf,
} from './options.js';
import { plainProgress } from './progress.js';
import { refreshRegistry, registryFiles } from './registry.js';

interface Options {
  readonly follow?: boolean;
  readonly from?: number;
  readonly to?: number;
  readonly namespace: string;
  readonly index?: string;
  readonly profile: string;
  readonly models: string;
  readonly model?: string;
  readonly scorer?: string;
  readonly partition?: Partition;
  readonly pollMs: number;
  readonly overlap: number;
  readonly reread: number;
  readonly lateness: number;
  readonly checkpoint: number;
  readonly pageSize: number;
  readonly shadow?: boolean;
  readonly statusPort?: number;
  readonly statusHost: string;
  readonly json?: boolean;
}

/** The alias of the model that people signed. */
const PRODUCTION = 'production';
/** Production has checkpoints of its own, so that a lab model's trial is no part of its course. */
function nameOf({ scorer: given, partition, shadow }: Options, isProduction: boolean): string {
  // Partitions run on several hosts, and find each other's checkpoints by their common name.
  const scorer = given ?? (partition === undefined ? hostname() : 'partitioned');
  return shadow === true ? `${scorer}-shadow` : isProduction ? `${scorer}-production` : scorer;
}

function partitionArgument(value: string): Partition {
  const partition = parsePartition(value);
  if (partition !== undefined) return partition;
  throw new InvalidArgumentError(
    `expected i/n, such as 0/2 and 1/2: i from 0 to n - 1, n at most ${PARTITIONS_AT_MOST}.`,
  );
}

/** How often the registry is looked at for a new deployment. */
const RELOAD_MS = 15_000;

export function registerScore(program: Command): void {
  const command = program
    .command('score')
    .description('score source documents against a model and write new anomaly documents')
    .option('--follow', 'poll for arrivals until interrupted, resuming from the newest checkpoint')
    .option(
      '--from <time>',
      'start of a window of the past; with --follow: arrival time to start at when there is no checkpoint',
      parseTime,
    )
    .option('--to <time>', 'end of the window, excluded', parseTime)
    .addOption(namespaceOption())
    .addOption(indexOption())
    .addOption(profileOption())
    .addOption(modelsOption())
    .option(
      '--model <sha256>',
      '"production": the one that people signed, and the default where anything is deployed; or digest (or its beginning) or path of a lab model; default: the only one there',
    )
    .option('--shadow', 'with --follow: a staged model beside production; counts and writes no anomaly')
    .option(
      '--scorer <name>',
      'names this scorer’s checkpoints, the same for all partitions; default: this host’s name, or "partitioned"',
    )
    .addOption(
      new Option(
        '--partition <i/n>',
        'judge the i-th (from 0) of n shares of the relations; run all n, see docs/decisions/0005-partitions.md',
      )
        .env('OT_ANOMALY_PARTITION')
        .argParser(partitionArgument),
    )
    .option(
      '--poll-ms <n>',
      'milliseconds from poll to poll',
      parseInteger(50, 60_000),
      READING_DEFAULTS.pollMs,
    )
    .option(
      '--overlap <s>',
      'seconds read again at each poll, for documents that became visible late',
      parseInteger(1, 600),
      READING_DEFAULTS.overlap,
    )
    .option(
      '--reread <s>',
      'seconds from one wider re-read, for documents that became visible later still, to the next',
      parseInteger(1, 3_600),
      60,
    )
    .option(
      '--lateness <s>',
      'seconds a row may come behind a newer one and still count in its sequence',
      parseInteger(0, 3_600),
      READING_DEFAULTS.lateness,
    )
    .option('--checkpoint <s>', 'seconds from checkpoint to checkpoint', parseInteger(1, 3_600), 10)
    .option('--page-size <n>', 'documents a page', parseInteger(10, 10_000), 2_000)
    .option(
      '--status-port <port>',
      'with --follow: health, readiness and metrics are served here',
      parseInteger(1, 65_535),
    )
    .option('--status-host <address>', '… at this address; they tell no secret and ask for none', '127.0.0.1')
    .option('--json', 'print one JSON object at the end of a window')
    .addHelpText(
      'after',
      `
Either --follow, or --from and --to. Scores run from -0.5 to 0.5, lower is more anomalous; below -0.15 an anomaly
document is created. Running again writes nothing twice.`,
    );
  command.action(async (options: Options) => {
    if (options.follow !== true && (options.from === undefined || options.to === undefined)) {
      command.error('error: expected --follow, or --from and --to');
    }
    await run(options);
  });
}

/** Where anything was deployed, an unsigned model alerts only if it is named. */
function isOfProduction({ model, shadow }: Options, files: RegistryFiles): boolean {
  if (shadow === true) return false;
  return model === PRODUCTION || (model === undefined && files.readDeployments().length > 0);
}

async function run(options: Options): Promise<void> {
  const files = registryFiles(options);
  const choose = () => productionModel(files, pinned(), options.namespace, new Date());
  const isProduction = isOfProduction(options, files);
  const model = isProduction ? choose().loaded : loadModel(options.models, options.model);
  if (!isProduction && options.shadow !== true)
    process.stderr.write(
      `lab: nobody signed model ${model.sha256.slice(0, 12)}; its alerts say so (docs/governance.md)\n`,
    );
  const client = createClient(connectionFor(process.env, 'scorer', keyReader(process.env)));
  const signal = interruptSignal();
  const common = {
    client,
    ...sourceOf(options),
    namespace: options.namespace,
    model,
    ...(options.partition === undefined ? {} : { partition: options.partition }),
    pageSize: options.pageSize,
    now: () => new Date(),
    newId: randomUUID,
    signal,
  };
  try {
    if (options.follow === true) {
      const metrics = scorerMetrics();
      let ready = false;
      const following = {
        ...common,
        scorer: nameOf(options, isProduction),
        pollMs: options.pollMs,
        overlapSeconds: options.overlap,
        rereadSeconds: options.reread,
        latenessSeconds: options.lateness,
        checkpointSeconds: options.checkpoint,
        startAt: options.from === undefined ? undefined : new Date(options.from * 1000),
        log: createLog(),
        shadow: options.shadow === true,
        onReady: () => {
          ready = true;
        },
        onPolled: () => metrics.polled(new Date()),
        onFault: metrics.fault,
        onHeartbeat: (heartbeat: Heartbeat) => metrics.beat(heartbeat, new Date()),
      };
      const status =
        options.statusPort === undefined
          ? undefined
          : await startStatusServer(options.statusPort, metrics.registry, () => ready, options.statusHost);
      const ended = new AbortController();
      const watching = watchBoundary({
        ...following,
        part: 'scorer',
        signal: AbortSignal.any([signal, ended.signal]),
        onChecked: (violations) => tellBoundary(following, violations),
      });
      try {
        if (isProduction)
          await followProduction({
            ...following,
            choose,
            refresh: () => refreshRegistry(options.models),
            reloadMs: RELOAD_MS,
          });
        else await followArrivals(following);
      } finally {
        ended.abort();
        await watching;
        await status?.close();
      }
      return;
    }
    const progress = plainProgress();
    const result = await scoreWindow({
      ...common,
      from: options.from ?? 0,
      to: options.to ?? 0,
      onProgress: (read, alerts) => progress.update(`${read} rows scored, ${alerts} anomalies`),
    });
    progress.end();
    if (options.json === true)
      process.stdout.write(`${JSON.stringify({ modelSha256: model.sha256, ...result })}\n`);
    else {
      process.stdout.write(
        `${result.read} rows read, ${result.unreadable} not readable; ${result.created} anomalies written, ${result.alreadyWritten} already there, ${result.counted} counted by their group only\n`,
      );
    }
    if (result.interrupted) process.exitCode = 130;
  } finally {
    await client.close();
  }
}
