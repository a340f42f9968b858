import { type Command, Option } from 'commander';
import { doctor, type PartClient } from '../app/doctor.js';
import { governanceFindings } from '../app/governance/governanceFindings.js';
import { connectionFor } from '../config/connection.js';
import { keyReader, keysPath, readKeys } from '../config/keys.js';
import { describeReport } from '../doctor/report.js';
import { createClient } from '../elasticsearch/client.js';
import { ElasticsearchError } from '../elasticsearch/errors.js';
import { loadProfile, profileNames } from '../profiles/load.js';
import { pinned } from './governanceOptions.js';
import { interruptSignal } from './interrupt.js';
import { indexOption, modelsOption, namespaceOption, parseInteger, READING_DEFAULTS } from './options.js';
import { EXIT, explainError } from './program.js';
import { plainProgress } from './progress.js';
import { registryFiles } from './registry.js';

interface Options {
  readonly namespace: string;
  readonly models: string;
  readonly index?: string;
  readonly profile?: string;
  readonly part: string;
  readonly pollMs: number;
  readonly overlap: number;
  readonly lateness: number;
  readonly watch: number;
  readonly json?: boolean;
}

/** Parts whose keys set-up writes and whose rights are looked at. */
const PARTS = ['scorer', 'trainer', 'ingest', 'shipper', 'inventory', 'triage', 'soar', 'registry'] as const;
/** It could not even ask. */
const CANNOT_WORK = 2;

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'look at a cluster: which profile fits, what there is to learn from, and what stands in the way',
    )
    .addOption(namespaceOption())
    .addOption(indexOption())
    .addOption(modelsOption())
    .addOption(
      new Option(
        '--profile <name|file>',
        `the site's convention; default: every one of ${profileNames().join(', ')} is looked for`,
      ).env('OT_ANOMALY_PROFILE'),
    )
    .addOption(
      new Option('--part <name>', 'whose credential ES_API_KEY, or ES_USERNAME, is')
        .choices(PARTS)
        .default('scorer'),
    )
    .option(
      '--poll-ms <n>',
      'as the scorer will be started',
      parseInteger(50, 60_000),
      READING_DEFAULTS.pollMs,
    )
    .option('--overlap <s>', 'as the scorer will be started', parseInteger(1, 600), READING_DEFAULTS.overlap)
    .option(
      '--lateness <s>',
      'as the scorer will be started',
      parseInteger(0, 3_600),
      READING_DEFAULTS.lateness,
    )
    .option(
      '--watch <s>',
      'seconds to watch rows arrive where settings may not be read',
      parseInteger(0, 120),
      5,
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Signs in with the keys that set-up wrote, or as --part with ES_API_KEY (or ES_USERNAME and ES_PASSWORD). It asks for
aggregations, mappings and its own rights, reads no document and writes nothing.
Exit code 0: nothing to mend; 1: warnings; 2: it can't work.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const progress = plainProgress();
  const parts = credentials(options.part);
  try {
    const report = await doctor({
      parts,
      namespace: options.namespace,
      profiles: (options.profile === undefined ? profileNames() : [options.profile]).map((name) =>
        loadProfile(name),
      ),
      chosen: options.profile !== undefined,
      ...(options.index === undefined ? {} : { index: options.index }),
      pollMs: options.pollMs,
      overlapSeconds: options.overlap,
      latenessSeconds: options.lateness,
      watchSeconds: options.watch,
      governance: () =>
        governanceFindings(
          registryFiles(options),
          pinned(),
          options.namespace,
          new Date(),
          parts.find(({ part }) => part === 'registry')?.client,
        ),
      now: () => new Date(),
      onProgress: (doing) => progress.update(doing),
      signal: interruptSignal(),
    });
    progress.end();
    process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : describeReport(report));
    process.exitCode = report.exitCode;
  } catch (error) {
    if (!(error instanceof ElasticsearchError)) throw error;
    progress.end();
    if (options.json === true)
      process.stdout.write(
        `${JSON.stringify({ exitCode: CANNOT_WORK, error: { code: error.code, message: error.message, advice: error.advice } })}\n`,
      );
    process.stderr.write(`${explainError(error)}\n`);
    process.exitCode = error.code === 'aborted' ? EXIT.interrupted : CANNOT_WORK;
  } finally {
    for (const { client } of parts) await client.close();
  }
}

/** The credential of the environment alone, or every key that set-up wrote, the scorer's first. */
function credentials(part: string): readonly [PartClient, ...PartClient[]] {
  const env = process.env;
  const first = connectionFor(env, part, keyReader(env));
  const named = env['ES_API_KEY'] ?? env['ES_USERNAME'];
  if (named !== undefined && named !== '') return [{ part, client: createClient(first) }];
  const keys = readKeys(keysPath(env));
  const clientOf = (name: string): PartClient => {
    const expires = keys[name]?.expires;
    return {
      part: name,
      client: createClient(connectionFor(env, name, keyReader(env))),
      ...(expires === undefined ? {} : { expires: new Date(expires) }),
    };
  };
  return [clientOf(part), ...PARTS.filter((name) => name !== part && keys[name] !== undefined).map(clientOf)];
}
