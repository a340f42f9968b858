import { type Command, InvalidArgumentError, Option } from 'commander';
import { type SimulatedFiles, simulateToFiles } from '../app/simulate.js';
import type { LogFormat } from '../app/simulatedDayFile.js';
import {
  ADDITIONS,
  buildPlant,
  DEFAULT_OBSERVE_SECONDS_PER_HOUR,
  LOG_NAMES,
  type LogName,
  PLANT_PROTOCOLS,
  type PlantProtocol,
  SCENARIOS,
  type ScenarioAt,
} from '../simulator/index.js';
import { interruptSignal } from './interrupt.js';
import { parseInteger, parseTime } from './options.js';
import { EXIT } from './program.js';
import { plainProgress } from './progress.js';

const DAY_SECONDS = 86_400;
/** A Monday; fixed, so that the same command gives the same files on any day. */
const DEFAULT_START = '2026-01-05T00:00:00Z';
const NAME_WIDTH = Math.max(...SCENARIOS.map(({ name }) => name.length));

interface Options {
  readonly out: string;
  readonly days: number;
  readonly start: number;
  readonly seed: number;
  readonly plcs: number;
  readonly protocol: PlantProtocol | 'all';
  readonly ioCycleMs?: number;
  readonly with: readonly string[];
  readonly sensors: number;
  readonly scenario: readonly ScenarioText[];
  readonly format: LogFormat;
  readonly gzip?: boolean;
  readonly logs?: readonly LogName[];
  readonly observeSecondsPerHour: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface ScenarioText {
  readonly name: string;
  /** Seconds since the epoch, or after the start. */
  readonly at: number;
  readonly relative: boolean;
}

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('write the Zeek logs of a simulated plant')
    .requiredOption('--out <folder>', 'where to write; must be empty or new')
    .option('--days <n>', 'days to simulate', parseInteger(1, 3_660), 31)
    .addOption(
      new Option('--start <time>', 'first day, ISO 8601')
        .argParser(parseTime)
        .default(parseTime(DEFAULT_START), DEFAULT_START),
    )
    .option('--seed <n>', 'another seed is another plant', parseInteger(0, 2 ** 31 - 1), 42)
    .option(
      '--plcs <n>',
      'devices in the plant, of each protocol: PLCs, DNP3 outstations, EtherNet/IP controllers',
      parseInteger(1, 1_000),
      20,
    )
    .addOption(
      new Option('--protocol <name>', 'what the plant speaks')
        .choices([...PLANT_PROTOCOLS, 'all'])
        .default('modbus'),
    )
    .option(
      '--io-cycle-ms <n>',
      'milliseconds between two EtherNet/IP I/O datagrams in one direction (default: 500; 2 to 20 is usual, and huge)',
      parseInteger(1, 59_999),
    )
    .option('--with <names>', 'what the plant has beyond the usual: see below', parseAdditions, [])
    .option(
      '--sensors <n>',
      '2: the same traffic as two sensors see it, a folder each',
      parseInteger(1, 2),
      1,
    )
    .addOption(
      new Option(
        '--scenario <name@time>',
        'inject a scenario, at a time or at +2d, +3h, +90m or +30s; repeatable',
      )
        .argParser(addScenario)
        .default([], 'none'),
    )
    .addOption(
      new Option('--format <format>', 'JSON lines or tab-separated').choices(['json', 'tsv']).default('json'),
    )
    .option('--gzip', 'compress each file')
    .option(
      '--logs <names>',
      `which of ${LOG_NAMES.join(', ')} (default: those of the protocol, without modbus_detailed)`,
      parseLogs,
    )
    .option(
      '--observe-seconds-per-hour <n>',
      'seconds of polling recorded of each hour, in stretches at the full rate; 3600 records everything',
      parseSeconds,
      DEFAULT_OBSERVE_SECONDS_PER_HOUR,
    )
    .option('--force', 'replace what an earlier simulation wrote into the folder')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Writes <log>.<day>.log, assets.csv and labels.ndjson. The same options give the same bytes.
Scenarios:
${SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(NAME_WIDTH)} ${summary}`).join('\n')}
--with, separated by commas (all normal: no label tells of it):
${ADDITIONS.map(({ name, summary }) => `  ${name.padEnd(NAME_WIDTH)} ${summary}`).join('\n')}`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { start, days, seed, plcs, protocol, ioCycleMs, logs, format, out } = options;
  const progress = plainProgress();
  const began = performance.now();
  try {
    const result = await simulateToFiles({
      plant: buildPlant({
        seed,
        plcs,
        protocols: protocol === 'all' ? PLANT_PROTOCOLS : [protocol],
        ...(ioCycleMs === undefined ? {} : { ioCycleMs }),
        with: options.with,
      }),
      sensors: options.sensors === 2 ? 2 : 1,
      from: start,
      to: start + days * DAY_SECONDS,
      thinning: { observeSecondsPerHour: options.observeSecondsPerHour },
      scenarios: options.scenario.map((text) => scenarioAt(text, start)),
      ...(logs === undefined ? {} : { logs }),
      folder: out,
      format,
      gzip: options.gzip === true,
      force: options.force === true,
      signal: interruptSignal(),
      progress: (rows, simulated, total) =>
        progress.update(
          `${(simulated / DAY_SECONDS).toFixed(1)} of ${Math.round(total / DAY_SECONDS)} days, ${rows} rows`,
        ),
    });
    progress.end();
    report(options, result, (performance.now() - began) / 1000);
  } finally {
    progress.end();
  }
}

function report({ out, json }: Options, result: SimulatedFiles, seconds: number): void {
  const { rows, files, labels, interrupted } = result;
  if (interrupted) {
    process.stderr.write(`interrupted: ${files.length} complete files are in ${out}, without labels\n`);
    process.exitCode = EXIT.interrupted;
  }
  if (json === true) {
    const rounded = Math.round(seconds * 1000) / 1000;
    process.stdout.write(
      `${JSON.stringify({ folder: out, files, rows, labels, seconds: rounded, interrupted })}\n`,
    );
    return;
  }
  const counts = Object.entries(rows).map(([log, count]) => `${log} ${count}`);
  process.stdout.write(
    `${files.length} files in ${out}: ${counts.join(', ')} rows, ${seconds.toFixed(1)} s\n`,
  );
  for (const { scenario, from, source, destination, uids } of labels)
    process.stdout.write(`${scenario} ${from} ${source} > ${destination}: ${uids.length} connections\n`);
}

function scenarioAt({ name, at, relative }: ScenarioText, start: number): ScenarioAt {
  return { name, at: relative ? start + at : at };
}

const UNITS: Readonly<Record<string, number>> = { d: DAY_SECONDS, h: 3_600, m: 60, s: 1 };

function addScenario(value: string, before: readonly ScenarioText[]): readonly ScenarioText[] {
  const [name = '', time, ...rest] = value.split('@');
  if (!SCENARIOS.some((scenario) => scenario.name === name))
    throw new InvalidArgumentError(
      `known scenarios: ${SCENARIOS.map((scenario) => scenario.name).join(', ')}.`,
    );
  if (time === undefined || time === '' || rest.length > 0)
    throw new InvalidArgumentError(
      'expected NAME@TIME, such as new-source@+29d or scan@2026-02-01T03:00:00Z.',
    );
  const offset = [...time.matchAll(/(\d+(?:\.\d+)?)([dhms])/g)];
  if (/^\+(?:\d+(?:\.\d+)?[dhms])+$/.test(time)) {
    const at = offset.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? 's'] ?? 1), 0);
    return [...before, { name, at, relative: true }];
  }
  return [...before, { name, at: parseTime(time), relative: false }];
}

function parseAdditions(value: string): readonly string[] {
  const known = ADDITIONS.map(({ name }) => name);
  const names = value === 'all' ? known : value.split(',').map((name) => name.trim());
  if (names.every((name) => known.includes(name))) return names;
  throw new InvalidArgumentError(`expected all, or a comma-separated list of ${known.join(', ')}.`);
}

function parseLogs(value: string): readonly LogName[] {
  const names = value.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !LOG_NAMES.some((known) => known === name));
  if (unknown.length === 0) return LOG_NAMES.filter((known) => names.includes(known));
  throw new InvalidArgumentError(`expected a comma-separated list of ${LOG_NAMES.join(', ')}.`);
}

function parseSeconds(value: string): number {
  const seconds = Number(value);
  if (seconds > 0 && seconds <= 3_600) return seconds;
  throw new InvalidArgumentError('expected more than 0 and at most 3600 seconds.');
}
