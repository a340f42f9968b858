#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { interruptSignal } from '../commands/interrupt.js';
import { parseInteger } from '../commands/options.js';
import { EXIT, explainError } from '../commands/program.js';
import { PLANT_PROTOCOLS, type PlantProtocol } from '../simulator/index.js';
import { type DemoCluster, demoCluster } from './demoCluster.js';
import { type DemoReport, type RunningDemo, runDemo } from './runDemo.js';

interface Options {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly seed: number;
  readonly plcs: number;
  readonly protocol: PlantProtocol;
}

process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  const signal = interruptSignal();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  let cluster: DemoCluster | undefined;
  try {
    const options = parse(argv);
    cluster = await demoCluster(process.env, say);
    const own = cluster.ended !== undefined;
    const stopping = new AbortController();
    const demo = await runDemo({
      admin: cluster.admin,
      folder: cluster.folder,
      namespace: own ? 'default' : `demo${Date.now().toString(36)}`,
      seed: options.seed,
      plcs: options.plcs,
      protocol: options.protocol,
      injections: 20,
      now: () => new Date(),
      say,
      signal: AbortSignal.any([signal, stopping.signal]),
    });
    process.stdout.write(options.json === true ? `${JSON.stringify(demo.report)}\n` : describe(demo.report));
    if (options.once !== true) await stayUp(cluster, demo, signal, say);
    stopping.abort();
    await demo.scorer;
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (signal.aborted) return EXIT.interrupted;
    say(explainError(error));
    return EXIT.failed;
  } finally {
    await cluster?.stop();
  }
}

function parse(argv: readonly string[]): Options {
  return new Command('npm run demo --')
    .description(
      'Start Elasticsearch, bring 31 simulated days in, train, follow, and inject what never happened: a new source on Modbus 502, a new DNP3 master that trips relays, or a CIP program download.',
    )
    .option('--once', 'end after the alerts')
    .option('--json', 'print one JSON object on stdout, all else on stderr')
    .option('--seed <n>', 'seed of the plant', parseInteger(0, 2 ** 31 - 1), 42)
    .addOption(
      new Option('--protocol <name>', 'what the plant speaks')
        .choices([...PLANT_PROTOCOLS])
        .default('modbus'),
    )
    .option('--plcs <n>', 'devices in the plant: PLCs, outstations, controllers', parseInteger(2, 200), 10)
    .addHelpText(
      'after',
      '\nWith ES_URL set (and ES_API_KEY, or ES_USERNAME and ES_PASSWORD) it uses that cluster, in a namespace of its own.',
    )
    .exitOverride()
    .parse([...argv])
    .opts<Options>();
}

/** Until interrupted, or until the node ends. */
async function stayUp(
  cluster: DemoCluster,
  demo: RunningDemo,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  say(`
Elasticsearch   ${cluster.admin.url}
Superuser       ${cluster.credentialsFile === undefined ? 'yours' : `in ${cluster.credentialsFile} (set -a; . FILE; set +a)`}
Keys of parts   OT_ANOMALY_KEYS_FILE=${demo.keysFile}
Models          OT_ANOMALY_MODELS=${demo.modelsFolder}
The scorer goes on. Ctrl-C stops everything and removes what the demo wrote.`);
  const interrupted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const awake = setInterval(() => {}, 1 << 30);
  await Promise.race([interrupted, demo.scorer, ...(cluster.ended === undefined ? [] : [cluster.ended])]);
  clearInterval(awake);
}

const INJECTED: Readonly<Record<PlantProtocol, string>> = {
  modbus: 'the new source',
  dnp3: 'the new master',
  enip: 'the program download',
};

function describe(report: DemoReport): string {
  const { protocol, alert, scores, techniques, alertLatencyMs, days, documents } = report;
  const sorted = [...alertLatencyMs].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `
${String(alert['message'])}

${days} days, ${documents} documents; ${scores.length} records of ${INJECTED[protocol]}, scores from ${Math.min(...scores)} to ${Math.max(...scores)} (alert line -0.15)
ATT&CK for ICS: ${techniques.join(', ')}
record acknowledged → alert found: median ${median} ms, worst ${sorted.at(-1)} ms
`;
}
