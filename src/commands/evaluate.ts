import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Inventory } from '../anomaly/assetContext.js';
import { parseAssetFile } from '../anomaly/assetFile.js';
import { evaluate } from '../app/evaluate.js';
import { messageOf } from '../errors.js';
import { describeEvaluation, evaluationJson } from '../evaluation/describe.js';
import { EvaluationError } from '../evaluation/evaluationError.js';
import { LABEL_FILE_MAX_BYTES, parseLabels } from '../evaluation/labelFile.js';
import type { Label } from '../evaluation/labels.js';
import type { ReadFile } from '../ingest/readZeekRows.js';
import { KNOWN_LOGS } from '../zeek/logTypes.js';
import { interruptSignal } from './interrupt.js';
import { parseDuration, parseInteger, parseTime } from './options.js';
import { EXIT } from './program.js';
import { plainProgress } from './progress.js';

interface Options {
  readonly baseline: readonly string[];
  readonly test?: readonly string[];
  readonly split?: { readonly at: number; readonly relative: boolean };
  readonly labels?: string;
  readonly assets?: string;
  readonly log?: string;
  readonly sensor?: string;
  readonly seed: number;
  readonly json?: boolean;
}

export function registerEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('train on log files and score others, without Elasticsearch; writes nothing')
    .requiredOption('--baseline <path...>', 'log files or folders that hold normal traffic')
    .option('--test <path...>', 'log files or folders to judge')
    .option(
      '--split <time>',
      'rows before it are the baseline, the others the test: a time, or +40m, +6h, +30d after the first row that is no connection',
      parseSplit,
    )
    .option('--labels <file>', 'what is known of test rows: JSON lines or CSV')
    .option('--assets <file>', 'inventory, CSV or YAML: groups connection attempts as the scorer would')
    .addOption(
      new Option('--log <type>', 'which log they are, where neither header nor name tell').choices(
        KNOWN_LOGS,
      ),
    )
    .option('--sensor <name>', 'the sensor that wrote the logs')
    .option('--seed <n>', 'seed of sampling and growing', parseInteger(0, 2 ** 31 - 1), 42)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Same features, detectors and grouping as "train" and "score". A baseline of less than 30 days is allowed here and
marked. Files that are no Zeek logs are named and left out. docs/evaluation.md has the format of labels and what the
figures mean.`,
    );
  command.action(async (options: Options) => {
    if (options.test === undefined && options.split === undefined)
      command.error('error: expected --test, or --split');
    await run(options);
  });
}

async function run(options: Options): Promise<void> {
  const progress = plainProgress();
  const signal = interruptSignal();
  const { baseline, test = [], split, log, sensor, seed } = options;
  const labels = options.labels === undefined ? [] : readLabels(options.labels);
  const inventory = new Inventory(
    options.assets === undefined ? [] : parseAssetFile(basename(options.assets), readText(options.assets)),
  );
  try {
    const evaluation = await evaluate({
      baseline,
      test,
      split,
      log,
      sensor,
      seed,
      labels,
      inventory,
      signal,
      onFile: (file) => process.stderr.write(describeFile(file)),
      onScored: (rows, of) => progress.update(`${rows} of ${of} rows scored`),
    });
    progress.end();
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(evaluationJson(evaluation))}\n`
        : describeEvaluation(evaluation),
    );
    if (signal.aborted) process.exitCode = EXIT.interrupted;
  } finally {
    progress.end();
  }
}

/** A file that was left out, wholly or in part; nothing for one that was read well. */
function describeFile({ path, problem, failed, firstFailure, read, industrial }: ReadFile): string {
  if (problem !== undefined) {
    const kept = industrial === 0 ? 'skipped' : `read in part, ${industrial} rows`;
    return `${kept}: ${path}: ${problem}\n`;
  }
  return failed === 0 ? '' : `note: ${path}: ${failed} of ${read} rows can't be parsed (${firstFailure})\n`;
}

function readLabels(file: string): readonly Label[] {
  return parseLabels(basename(file), readText(file, LABEL_FILE_MAX_BYTES));
}

function readText(file: string, atMost = Number.POSITIVE_INFINITY): string {
  try {
    const { size } = statSync(file);
    if (size > atMost) throw new Error(`${size} bytes, at most ${atMost} are read`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = messageOf(cause);
    throw new EvaluationError(
      'invalid_labels',
      `${file} can't be read (${reason})`,
      'Check its path and rights.',
      {
        cause,
      },
    );
  }
}

function parseSplit(value: string): { readonly at: number; readonly relative: boolean } {
  if (!value.startsWith('+')) return { at: parseTime(value), relative: false };
  const at = parseDuration(value.slice(1));
  if (at === undefined || at <= 0)
    throw new InvalidArgumentError('expected a time, or such as +40m, +6h or +30d.');
  return { at, relative: true };
}
