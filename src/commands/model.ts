import type { Command } from 'commander';
import { attestStaging } from '../app/governance/attestStaging.js';
import { deployModel, refused } from '../app/governance/deployModel.js';
import { diffModels } from '../app/governance/diffModels.js';
import { listModels } from '../app/governance/listModels.js';
import { rollBack } from '../app/governance/rollBack.js';
import { attestGate, stageModel } from '../app/governance/stageModel.js';
import { productionModel } from '../registry/productionModel.js';
import { loadModel } from '../registry/store.js';
import {
  addSignerOptions,
  openSigner,
  pinned,
  print,
  type RegistryOptions,
  type SignerOptions,
  withGovernance,
} from './governanceOptions.js';
import { indexOption, modelsOption, namespaceOption, profileOption, sourceOf } from './options.js';
import { registryFiles } from './registry.js';

interface Options extends RegistryOptions, SignerOptions {
  readonly index?: string;
  readonly profile: string;
  readonly reason: string;
  readonly json?: boolean;
}

export function registerModel(program: Command): void {
  const model = program
    .command('model')
    .description('the registry: models, what is signed about them, and which one alerts');
  const add = (name: string, description: string) =>
    model
      .command(name)
      .description(description)
      .addOption(modelsOption())
      .addOption(namespaceOption())
      .option('--json', 'print one JSON object');

  add('list', 'every model with its stage').action((options: Options) => {
    const models = listModels(registryFiles(options), pinned(), options.namespace, new Date());
    print(options.json, models, [
      ...models.map(
        ({ sha256, window, stage, notes }) =>
          `${sha256.slice(0, 12)}  ${window}  ${stage.join(', ') || '-'}  ${notes.join('; ')}`,
      ),
      ...(models.length === 0 ? [`no model in ${options.models}`] : []),
    ]);
  });
  add('show <model>', 'a model with everything that is signed about it').action(
    (name: string, options: Options) => {
      const { sha256 } = loadModel(options.models, name);
      const found = listModels(registryFiles(options), pinned(), options.namespace, new Date()).find(
        (entry) => entry.sha256 === sha256,
      );
      print(options.json, found, [JSON.stringify(found, null, 2)]);
    },
  );
  add('verify', 'verify the model in force and everything that it rests on, as the scorer does').action(
    (options: Options) => {
      const found = productionModel(registryFiles(options), pinned(), options.namespace, new Date());
      const { loaded, ...rest } = found;
      print(options.json, { modelSha256: loaded.sha256, ...rest }, [
        ...found.problems,
        `${found.problems.length === 0 ? 'verified' : 'LAST GOOD'}: deployment ${found.sequence}, model ${loaded.sha256}, line ${found.alertLine}${found.structureOnly ? ', structure only' : ''}`,
      ]);
      if (found.problems.length > 0) process.exitCode = 1;
    },
  );
  addSignerOptions(add('attest <model>', 'sign what the adversarial gate wrote beside the model')).action(
    (name: string, options: Options) =>
      withGovernance(options, async (context) => {
        const result = await attestGate(context, loadModel(options.models, name).sha256, openSigner(options));
        print(options.json, result, [result.passed ? 'passed' : `failed: ${result.reasons.join('; ')}`]);
        if (!result.passed) process.exitCode = 1;
      }),
  );
  addSignerOptions(add('stage <model>', 'let a model run beside production')).action(
    (name: string, options: Options) =>
      withGovernance(options, async (context) => {
        const { sha256 } = loadModel(options.models, name);
        await stageModel(context, sha256, openSigner(options));
        print(options.json, { staged: sha256 }, [
          `staged ${sha256}; run "ot-anomaly score --follow --shadow --model ${sha256.slice(0, 12)}" beside production`,
        ]);
      }),
  );
  addSignerOptions(add('count <model>', 'count and sign how the staging went, with the comparison'))
    .addOption(indexOption())
    .addOption(profileOption())
    .action((name: string, options: Options) =>
      withGovernance(options, async (context) => {
        const { sha256 } = loadModel(options.models, name);
        const evidence = await attestStaging(context, sha256, sourceOf(options), openSigner(options));
        print(
          options.json,
          evidence,
          evidence.days.map(({ day, shadow, production }) => `${day}  ${shadow} of ${production}`),
        );
      }),
    );
  add('deploy <request>', 'put into production what people signed').action(
    (request: string, options: Options) =>
      withGovernance(options, async (context) => {
        const result = await deployModel(context, request);
        if ('refusals' in result) throw refused('the deployment', result.refusals);
        const { sequence, modelSha256, alertLine } = result.deployed;
        print(options.json, result.deployed, [
          `deployment ${sequence}: model ${modelSha256} alerts below ${alertLine}`,
        ]);
      }),
  );
  addSignerOptions(add('rollback', 'go back, alone, to the one model that was signed in advance'))
    .requiredOption('--reason <text>', 'why; it stands in the audit stream')
    .action((options: Options) =>
      withGovernance(options, async (context) => {
        const deployment = await rollBack(context, openSigner(options), options.reason);
        print(options.json, deployment, [
          `deployment ${deployment.sequence}: back to model ${deployment.modelSha256}`,
        ]);
      }),
    );
  add('diff <before> <after>', 'how two models differ').action(
    (before: string, after: string, options: Options) => {
      const diff = diffModels(loadModel(options.models, before), loadModel(options.models, after));
      print(options.json, diff, [JSON.stringify(diff, null, 2)]);
    },
  );
}
