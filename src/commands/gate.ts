import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describeGate } from '../adversarial/describe.js';
import { gateJson, gateModel } from '../app/gateModel.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { packagePath } from '../config/packageRoot.js';
import { createClient } from '../elasticsearch/client.js';
import { POLICY_FILES, readRetrainingPolicy } from '../governance/policy/policyFiles.js';
import { loadModel } from '../registry/store.js';
import { trustedPolicies } from '../registry/trustedPolicies.js';
import { pinned, policiesOption } from './governanceOptions.js';
import { interruptSignal } from './interrupt.js';
import {
  indexOption,
  modelsOption,
  namespaceOption,
  parseInteger,
  profileOption,
  sourceOf,
} from './options.js';
import { EXIT } from './program.js';
import { stageProgress } from './progress.js';
import { registryFiles } from './registry.js';

interface Options {
  readonly model: string;
  readonly models: string;
  readonly namespace: string;
  readonly index?: string;
  readonly profile: string;
  readonly policies: string;
  readonly seed?: number;
  readonly json?: boolean;
}

export function registerGate(program: Command): void {
  program
    .command('gate')
    .description('try to defeat a model before it is deployed: drift, evasion, poisoning, false alarms')
    .requiredOption('--model <sha256>', 'the model: its digest, the beginning of it, or its folder')
    .addOption(modelsOption())
    .addOption(namespaceOption())
    .addOption(indexOption())
    .addOption(profileOption())
    .addOption(policiesOption())
    .option(
      '--seed <n>',
      'seed of all attacks (default: from the digest of the model)',
      parseInteger(0, 2 ** 31 - 1),
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Reads the rows that the model was trained on with the trainer's key, trains a copy without its last ten days, and writes
gate.json and a section of model-card.md beside the model. The same rows, model and seed give the same result. The floors
are those of the retraining policy in force (adversarial_gate); without a registry's, of --policies. Exit code 1 where the model failed: it can't be deployed then.
docs/gate.md says what is tried, and what none of it shows.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const source = sourceOf(options);
  const model = loadModel(options.models, options.model);
  const { policy, sha256 } = policyInForce(options);
  const client = createClient(connectionFor(process.env, 'trainer', keyReader(process.env)));
  const progress = stageProgress();
  const signal = interruptSignal();
  try {
    const report = await gateModel({
      client,
      ...source,
      namespace: options.namespace,
      model,
      floors: policy.adversarial_gate,
      policySha256: sha256,
      seed: options.seed ?? seedOf(model.sha256),
      now: () => new Date(),
      newId: randomUUID,
      signal,
      onProgress: progress.update,
    });
    await registryFiles(options).publishModel(model.sha256);
    progress.end();
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(JSON.parse(gateJson(report, sha256)))}\n`
        : describeGate(report),
    );
    if (!report.passed) process.exitCode = EXIT.failed;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write('interrupted: no result was written\n');
    process.exitCode = EXIT.interrupted;
  } finally {
    progress.end();
    await client.close();
  }
}

/** A model has one seed that nobody chose: trying seeds until one passes shows in the result. */
function seedOf(digest: string): number {
  return Number.parseInt(digest.slice(0, 8), 16) & 0x7fff_ffff;
}

/** The policy that the registry's root of trust vouches for; before there is one, a file's, or the package's. */
function policyInForce(options: Options): ReturnType<typeof readRetrainingPolicy> {
  if (existsSync(join(options.models, 'trust'))) {
    const { retraining, digests } = trustedPolicies(registryFiles(options), pinned(), new Date());
    return { policy: retraining, sha256: digests.retraining_policy };
  }
  if (existsSync(join(options.policies, POLICY_FILES.retraining)))
    return readRetrainingPolicy(options.policies);
  process.stderr.write(
    `note: no ${POLICY_FILES.retraining} in ${options.policies}; that of the package is used\n`,
  );
  return readRetrainingPolicy(packagePath('policies'));
}
