import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { trainModel } from '../app/trainModel.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import { OtAnomalyError } from '../errors.js';
import { ALGORITHMS, type Algorithm } from '../model/artifact.js';
import {
  DAYS_AT_LEAST,
  DAYS_FOR_PRODUCTION,
  FOREST_DEFAULTS,
  type Refusal,
  ROWS_PER_KEY,
} from '../model/training/train.js';
import {
  indexOption,
  modelsOption,
  namespaceOption,
  parseInteger,
  parseShare,
  parseTime,
  profileOption,
  sourceOf,
} from './options.js';
import { stageProgress } from './progress.js';
import { registryFiles } from './registry.js';

interface Options {
  readonly from: number;
  readonly to: number;
  readonly namespace: string;
  readonly index?: string;
  readonly profile: string;
  readonly models: string;
  readonly acceptShortBaseline?: boolean;
  readonly model: Algorithm;
  readonly trees: number;
  readonly subsample: number;
  readonly contamination: number;
  readonly seed: number;
  readonly json?: boolean;
}

class TrainingRefused extends OtAnomalyError {
  readonly code = 'training_refused';
}

export function registerTrain(program: Command): void {
  program
    .command('train')
    .description('train a model on a window of the source streams')
    .requiredOption('--from <time>', 'start of the window, ISO 8601, included', parseTime)
    .requiredOption('--to <time>', 'end of the window, ISO 8601, excluded', parseTime)
    .addOption(namespaceOption())
    .addOption(indexOption())
    .addOption(profileOption())
    .addOption(modelsOption())
    .option(
      '--accept-short-baseline',
      `train on ${DAYS_AT_LEAST} to ${DAYS_FOR_PRODUCTION - 1} days: a lab model for good`,
    )
    .addOption(
      new Option('--model <algorithm>', 'what is learned beside the histograms')
        .choices(ALGORITHMS)
        .default('isolation-forest'),
    )
    .option('--trees <n>', 'isolation trees', parseInteger(1, 2_000), FOREST_DEFAULTS.trees)
    .option('--subsample <n>', 'rows a tree', parseInteger(2, 65_536), FOREST_DEFAULTS.subsample)
    .option(
      '--contamination <share>',
      'share of baseline rows below decision 0',
      parseShare,
      FOREST_DEFAULTS.contamination,
    )
    .option('--seed <n>', 'seed of sampling and growing', parseInteger(0, 2 ** 31 - 1), FOREST_DEFAULTS.seed)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Writes <models>/<sha256>/model.json and model-card.md. The same documents and options give the same digest.
Expects at least ${DAYS_FOR_PRODUCTION} days with data; under ${DAYS_AT_LEAST} it refuses.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  if (options.to <= options.from) {
    throw new TrainingRefused(
      'expected --to after --from',
      'Give a window such as --from 2026-01-01 --to 2026-02-01.',
    );
  }
  const source = sourceOf(options);
  const client = createClient(connectionFor(process.env, 'trainer', keyReader(process.env)));
  const began = performance.now();
  const progress = stageProgress();
  try {
    const result = await trainModel({
      client,
      ...source,
      namespace: options.namespace,
      folder: options.models,
      training: {
        from: options.from,
        to: options.to,
        algorithm: options.model,
        trees: options.trees,
        subsample: options.subsample,
        contamination: options.contamination,
        seed: options.seed,
        rowsPerKey: ROWS_PER_KEY,
        acceptShortBaseline: options.acceptShortBaseline === true,
      },
      progress: progress.update,
      now: () => new Date(),
      newId: randomUUID,
    });
    progress.end();
    if ('refusal' in result) throw explainRefusal(result.refusal, source.index);
    await registryFiles(options).publishModel(result.sha256);
    const { baseline } = result.model;
    const seconds = Math.round(performance.now() - began) / 1000;
    if (baseline.shortBaseline) {
      process.stderr.write(
        `warning: ${baseline.daysWithData} days of data: a lab model for good, not for production\n`,
      );
    }
    for (const gap of baseline.gaps) process.stderr.write(`note: no data in ${gap}\n`);
    for (const limit of result.model.profile.limits) process.stderr.write(`weaker here: ${limit}\n`);
    if (options.json === true) {
      const { daysWithData, shortBaseline, gaps, logs } = baseline;
      const report = {
        modelSha256: result.sha256,
        path: result.path,
        seconds,
        daysWithData,
        shortBaseline,
        gaps,
        logs,
        profile: result.model.profile,
      };
      process.stdout.write(`${JSON.stringify(report)}\n`);
    } else {
      process.stdout.write(
        `model ${result.sha256}\n${baseline.daysWithData} days of data, ${seconds} s; ${result.path}/model-card.md says what it can and can't detect\n`,
      );
    }
  } finally {
    progress.end();
    await client.close();
  }
}

function explainRefusal(refusal: Refusal, index: string): TrainingRefused {
  if (refusal.reason === 'empty') {
    return new TrainingRefused(
      `expected industrial traffic in the window, found no row in ${index}`,
      'Check --from, --to and --namespace, and that logs were brought in ("ot-anomaly ingest").',
    );
  }
  const gaps = refusal.gaps.length === 0 ? '' : `; without data: ${refusal.gaps.slice(0, 10).join(', ')}`;
  const found = `found ${refusal.days} days with data${gaps}`;
  return refusal.reason === 'too-short'
    ? new TrainingRefused(
        `expected at least ${DAYS_AT_LEAST} days with data, ${found}`,
        `A shorter baseline has no second week to compare the first with. Widen the window or wait for data.`,
      )
    : new TrainingRefused(
        `expected at least ${DAYS_FOR_PRODUCTION} days with data, ${found}`,
        'Widen the window, or give --accept-short-baseline for a lab model that can never be deployed.',
      );
}
