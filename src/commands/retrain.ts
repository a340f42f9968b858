import type { Command } from 'commander';
import { refused } from '../app/governance/deployModel.js';
import { retrainModel } from '../app/governance/retrainModel.js';
import { retrainStatus } from '../app/governance/retrainStatus.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import { FOREST_DEFAULTS, ROWS_PER_KEY } from '../model/training/train.js';
import { addRequestOptions, requestApproval } from './approval.js';
import {
  addSignerOptions,
  openSigner,
  print,
  type SignerOptions,
  withGovernance,
} from './governanceOptions.js';
import { indexOption, modelsOption, namespaceOption, profileOption, sourceOf } from './options.js';
import { stageProgress } from './progress.js';
import { parseIso } from './trust.js';

interface Options extends SignerOptions {
  readonly namespace: string;
  readonly models: string;
  readonly index?: string;
  readonly profile: string;
  readonly json?: boolean;
}

export function registerRetrain(program: Command): void {
  const retrain = program
    .command('retrain')
    .description(
      'train a model that may become production: asked for, approved, and looked at before it starts',
    );
  addRequestOptions(retrain.command('request'))
    .description('ask for a retrain on a window; signed by who asks')
    .addOption(indexOption())
    .addOption(profileOption())
    .requiredOption('--from <time>', 'start of the window', parseIso)
    .requiredOption('--to <time>', 'end of the window, excluded', parseIso)
    .option('--previous-model <sha256>', 'the model that is to be replaced')
    .action((options) => requestApproval('retrain', options));
  addSignerOptions(retrain.command('run <request>'))
    .description('train on a request that people granted, if nothing forbids it now; exits with 1 if refused')
    .addOption(namespaceOption())
    .addOption(modelsOption())
    .addOption(profileOption())
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Refused while an incident is open, while the window touches an incident or the 30 days after it without a signed
data-review, while alerts of the window have no decision of their own, and when the request was used before. The key is
that of a service whose purposes hold "training".`,
    )
    .action(run);
  retrain
    .command('status <request>')
    .description('where a retrain stands: granted, refused and why, under way, or done with which model')
    .addOption(namespaceOption())
    .addOption(modelsOption())
    .option('--json', 'print one JSON object')
    .action((request: string, options: Options) =>
      withGovernance(options, async (context) => {
        const status = await retrainStatus(context, request);
        print(options.json, status, [
          `${status.granted ? 'granted' : 'not granted'}: ${status.approvals.map(({ approver, role }) => `${approver} as ${role}`).join(', ') || 'no approval'}`,
          ...status.missing,
          ...status.records.flatMap(({ at, action, message, reasons }) => [
            `${at}  ${action}: ${message}`,
            ...reasons.map((reason) => `  ${reason}`),
          ]),
        ]);
      }),
    );
}

async function run(request: string, options: Options): Promise<void> {
  const { profile } = sourceOf(options);
  const signer = openSigner(options);
  const trainer = createClient(connectionFor(process.env, 'trainer', keyReader(process.env)));
  const progress = stageProgress();
  try {
    await withGovernance(options, async (context) => {
      const result = await retrainModel({
        context,
        trainer,
        requestSha256: request,
        profile,
        signer,
        training: { ...FOREST_DEFAULTS, rowsPerKey: ROWS_PER_KEY },
        progress: progress.update,
      });
      progress.end();
      if ('refusals' in result) throw refused('the retrain', result.refusals);
      const { model, training } = result;
      print(options.json, { modelSha256: model.sha256, training }, [
        `model ${model.sha256}`,
        `dataset ${training.training_dataset_sha256}, ${training.excluded_documents} rows of confirmed attacks left out`,
        `next: "ot-anomaly gate --model ${model.sha256.slice(0, 12)}", "ot-anomaly model attest", "ot-anomaly model stage"`,
      ]);
    });
  } finally {
    progress.end();
    await trainer.close();
  }
}
