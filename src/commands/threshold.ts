import { type Command, InvalidArgumentError } from 'commander';
import { type Comparison, compareModels } from '../app/governance/compareModels.js';
import { requireSources } from '../elasticsearch/requireSources.js';
import { requireSameProfile } from '../profiles/sameProfile.js';
import { productionModel } from '../registry/productionModel.js';
import { loadModel } from '../registry/store.js';
import { print, withGovernance } from './governanceOptions.js';
import {
  indexOption,
  modelsOption,
  namespaceOption,
  parseInteger,
  profileOption,
  sourceOf,
} from './options.js';
import { plainProgress } from './progress.js';

interface Options {
  readonly alertLine: number;
  readonly days: number;
  readonly model?: string;
  readonly namespace: string;
  readonly models: string;
  readonly index?: string;
  readonly profile: string;
  readonly json?: boolean;
}

const DAY_S = 86_400;

export function registerThreshold(program: Command): void {
  program
    .command('threshold')
    .description(
      'the line below which a score is an alert; it stands in the signed deployment and nowhere else',
    )
    .command('propose')
    .description(
      'show what another line would have done to the last days, before anybody signs; changes nothing',
    )
    .requiredOption('--alert-line <score>', 'the line that is thought of, such as -0.2', parseLine)
    .option('--days <n>', 'days up to now', parseInteger(1, 90), 7)
    .option('--model <sha256>', 'a model of the registry at its own line; default: the one in production')
    .addOption(namespaceOption())
    .addOption(modelsOption())
    .addOption(indexOption())
    .addOption(profileOption())
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
To change it: "ot-anomaly approval request deployment --alert-line SCORE", two people of two roles sign, "ot-anomaly
model deploy". Scores run from -0.5 to 0.5 and lower is more anomalous: a lower line alerts less.`,
    )
    .action(propose);
}

async function propose(options: Options): Promise<void> {
  const { index, profile } = sourceOf(options);
  await withGovernance(options, async ({ client, files, pinned, namespace, now }) => {
    const current = inForce();
    requireSameProfile(current.model, profile);
    await requireSources(client, index, profile);
    const to = now().getTime() / 1000;
    const progress = plainProgress();
    const comparison = await compareModels(
      client,
      { index, profile },
      to - options.days * DAY_S,
      to,
      current,
      { model: current.model, alertLine: options.alertLine },
      (rows) => progress.update(`${rows} rows scored at both lines`),
    ).finally(() => progress.end());
    print(options.json, comparison, describe(comparison));

    function inForce() {
      if (options.model !== undefined) {
        const model = loadModel(files.folder, options.model);
        return { model, alertLine: model.model.alertLine };
      }
      const { loaded, alertLine } = productionModel(files, pinned, namespace, now());
      return { model: loaded, alertLine };
    }
  });
}

export function describe({
  from,
  to,
  rows,
  before,
  after,
  only_before,
  only_after,
}: Comparison): readonly string[] {
  const examples = (what: string, side: Comparison['only_before']) => [
    `${what}: ${side.groups}`,
    ...side.examples.map((name) => `  ${name}`),
  ];
  return [
    `${rows} rows from ${from} to ${to}, model ${before.model_sha256.slice(0, 12)}`,
    `below ${before.alert_line}: ${before.anomalous} rows, ${before.groups} alerts`,
    `below ${after.alert_line}: ${after.anomalous} rows, ${after.groups} alerts`,
    ...examples('alerts that would no longer be told', only_before),
    ...examples('alerts that would be new', only_after),
    ...(rows === 0 ? ['no row in these days: nothing can be said'] : []),
  ];
}

function parseLine(value: string): number {
  const line = Number(value);
  if (line > -0.5 && line <= 0) return line;
  throw new InvalidArgumentError('expected a score from -0.5 (excluded) to 0, such as -0.2.');
}
