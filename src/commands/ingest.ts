import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { followLogs } from '../app/followLogs.js';
import { addsUp, type IngestReport, ingest } from '../app/ingest.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import type { FileReport } from '../ingest/ingestFile.js';
import { KNOWN_LOGS } from '../zeek/logTypes.js';
import { byteProgress } from './byteProgress.js';
import { interruptSignal } from './interrupt.js';
import { createLog } from './log.js';
import { namespaceOption, parseInteger } from './options.js';
import { EXIT } from './program.js';

interface Options {
  readonly log?: string;
  readonly sensor?: string;
  readonly namespace: string;
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly state?: string;
  readonly pollMs: number;
}

export function registerIngest(program: Command): void {
  program
    .command('ingest')
    .description('bring Zeek logs into Elasticsearch: TSV or JSON lines, plain or gzip')
    .argument('<path...>', 'log files; with --follow folders of logs')
    .option('--follow', 'read on as logs grow and are rotated, until interrupted')
    .option('--state <folder>', 'with --follow: where it remembers how far it has read')
    .option('--poll-ms <n>', 'with --follow: milliseconds from look to look', parseInteger(20, 60_000), 250)
    .addOption(
      new Option('--log <type>', 'which log it is, where neither its header nor its name tells').choices(
        KNOWN_LOGS,
      ),
    )
    .option('--sensor <name>', 'the sensor that wrote the logs (observer.name)')
    .addOption(namespaceOption())
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Every row is counted: read = indexed + already indexed + failed. A row that can't be parsed is kept as
event.kind: pipeline_error with the reason and its text. Running it again, after Ctrl-C too, doubles nothing.
With --follow give the folder of the current logs, and the one they are rotated into if that is another: what is
rotated while it is down is then read when it is back. A last line without its line break waits.
Exit code 0 although rows failed; 1 if a file can't be read or the counts don't add up.`,
    )
    .action(run);
}

async function run(paths: readonly string[], options: Options): Promise<void> {
  if (options.follow === true) await follow(paths, options);
  else await ingestOnce(paths, options);
}

async function follow(paths: readonly string[], options: Options): Promise<void> {
  const client = createClient(connectionFor(process.env, 'ingest', keyReader(process.env)));
  const { log, sensor, namespace, pollMs } = options;
  const folder = options.state ?? stateFolder(process.env);
  try {
    const counts = await followLogs({
      client,
      paths,
      log,
      sensor,
      namespace,
      run: randomUUID(),
      statePath: join(folder, `follow-${namespace}.json`),
      pollMs,
      now: () => new Date(),
      logger: createLog(),
      signal: interruptSignal(),
    });
    const { read, indexed, alreadyIndexed, failed, unkept } = counts;
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(counts)}\n`
        : `read ${read} = indexed ${indexed} + already indexed ${alreadyIndexed} + not kept ${unkept}; ${failed} could not be parsed\n`,
    );
  } finally {
    await client.close();
  }
}

/** `OT_ANOMALY_STATE`, else `ot-anomaly` in the user's state folder. */
function stateFolder(env: NodeJS.ProcessEnv): string {
  return (
    env['OT_ANOMALY_STATE'] ?? join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'ot-anomaly')
  );
}

async function ingestOnce(paths: readonly string[], options: Options): Promise<void> {
  const signal = interruptSignal();
  const client = createClient(connectionFor(process.env, 'ingest', keyReader(process.env)));
  const progress = byteProgress();
  const began = performance.now();
  try {
    const report = await ingest(client, paths, {
      log: options.log,
      sensor: options.sensor,
      namespace: options.namespace,
      run: randomUUID(),
      signal,
      onBytes: progress.update,
      onFile: (file) => {
        progress.end();
        process.stderr.write(describeFailures(file));
      },
    });
    const seconds = Math.round(performance.now() - began) / 1000;
    process.stdout.write(options.json === true ? `${toJson(report, seconds)}\n` : describe(report, seconds));
    process.exitCode = report.interrupted ? EXIT.interrupted : report.ok ? EXIT.ok : EXIT.failed;
  } finally {
    progress.end();
    await client.close();
  }
}

/** One line a named failure: the first few rows, what is wrong with the file, counts that don't add up. */
function describeFailures(file: FileReport): string {
  const lines = file.failures.map(
    ({ line, reason }) => `${file.path}${line === undefined ? '' : `:${line}`}: ${oneLine(reason)}`,
  );
  const told = file.failures.length;
  if (told > 0 && file.failed > told) lines.push(`${file.path}: ${file.failed - told} more rows failed`);
  if (file.error !== undefined) lines.push(`error: ${file.path}: ${file.error.message}`, file.error.advice);
  if (!addsUp(file))
    lines.push(
      `error: ${file.path}: ${file.missing} rows were acknowledged by Elasticsearch but not found afterwards`,
      'Run the same command again: rows that are there are not doubled.',
    );
  return lines.map((line) => `${line}\n`).join('');
}

function describe(report: IngestReport, seconds: number): string {
  const lines = report.files.map((file) => `${counts(file)}  ${file.path}`);
  if (report.files.length > 1) lines.push(`${counts(report)}  in all`);
  const rate = seconds > 0 ? `, ${Math.round(report.read / seconds)} rows/s` : '';
  lines.push(`${report.interrupted ? 'interrupted after ' : ''}${seconds} s${rate}`);
  return `${lines.join('\n')}\n`;
}

function counts({ read, indexed, alreadyIndexed, failed }: FileReport | IngestReport): string {
  return `read ${read} = indexed ${indexed} + already indexed ${alreadyIndexed} + failed ${failed}`;
}

function toJson({ files, ...totals }: IngestReport, seconds: number): string {
  const told = files.map(({ error, ...file }) => ({
    ...file,
    ...(error === undefined
      ? {}
      : { error: { code: error.code, message: error.message, advice: error.advice } }),
  }));
  return JSON.stringify({ ...totals, seconds, files: told });
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 500);
}
