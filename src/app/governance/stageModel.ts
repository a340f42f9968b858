import { mirrorDeployment } from '../../elasticsearch/deploymentMirror.js';
import { GovernanceError } from '../../governance/governanceError.js';
import { type GateResult, gateResultSchema } from '../../governance/model/gateResult.js';
import { PREDICATE } from '../../governance/model/statements.js';
import { parseJson } from '../../governance/parseDocument.js';
import type { Policies } from '../../governance/policy/policyFiles.js';
import type { Signer } from '../../governance/signing/signer.js';
import { signStatement } from '../../governance/signing/statement.js';
import { sha256 } from '../../registry/digest.js';
import { modelStatements, serviceKeys } from '../../registry/modelFacts.js';
import { loadModel } from '../../registry/store.js';
import { audit, type GovernanceContext, policiesInForce } from './context.js';
import { refused } from './deployModel.js';
import { appendRetrainLog, retrainFields } from './retrainLog.js';

/**
 * Signs what the adversarial gate wrote beside the model, passed or not: the audit record and the retrain log have the
 * result before the statement is in the registry.
 */
export async function attestGate(
  context: GovernanceContext,
  modelSha256: string,
  signer: Signer,
): Promise<GateResult> {
  const { files, now } = context;
  const policies = policiesInForce(context);
  const model = loadModel(files.folder, modelSha256);
  const text = files.readBeside(model.sha256, 'gate.json');
  if (text === undefined) {
    throw new GovernanceError(
      'not_found',
      `${model.sha256.slice(0, 12)} has no gate.json`,
      'Run "ot-anomaly gate --model" first: it writes the result beside the model.',
    );
  }
  const result = parseJson('gate.json', text, gateResultSchema);
  if (result.modelSha256 !== model.sha256) {
    throw new GovernanceError(
      'refused',
      `gate.json is the result of model ${result.modelSha256.slice(0, 12)}, not of ${model.sha256.slice(0, 12)}`,
      'Run "ot-anomaly gate" on this model: somebody put another file in its place.',
    );
  }
  if (result.policySha256 !== policies.digests.retraining_policy) {
    throw new GovernanceError(
      'refused',
      `the gate held the model to the floors of another retraining policy (${result.policySha256.slice(0, 12)}) than the one in force (${policies.digests.retraining_policy.slice(0, 12)})`,
      'Run "ot-anomaly gate" again: it takes the policy in force from the registry.',
    );
  }
  const { training } = modelStatements(files, model, policies.approvers, now()).facts;
  const retrain = retrainFields(now(), training, {
    new_model_sha256: model.sha256,
    adversarial_test_result: result.passed ? 'passed' : 'failed',
  });
  await audit(context, {
    action: 'gate-recorded',
    message: `the adversarial gate of model ${model.sha256.slice(0, 12)} ${result.passed ? 'passed' : `failed: ${result.reasons.join('; ')}`}`,
    outcome: result.passed ? 'success' : 'failure',
    modelSha256: model.sha256,
    policies: policies.digests,
    retrain,
  });
  appendRetrainLog(policies.retraining, retrain);
  const subjects = [
    { name: 'model.json', sha256: model.sha256 },
    { name: 'gate.json', sha256: sha256(text) },
  ];
  const predicate = { passed: result.passed, gated_at: now().toISOString() };
  await files.writeStatement(
    model.sha256,
    'gate',
    await signStatement(PREDICATE.gate, subjects, predicate, signer),
  );
  return result;
}

/**
 * Lets a model run beside production from now on. A lab model and one that failed the gate may not.
 *
 * @throws {GovernanceError} refused
 */
export async function stageModel(
  context: GovernanceContext,
  modelSha256: string,
  signer: Signer,
): Promise<void> {
  const { files, client, namespace, now } = context;
  const policies = policiesInForce(context);
  const model = loadModel(files.folder, modelSha256);
  const { facts } = modelStatements(files, model, policies.approvers, now());
  const refusals = [
    ...(facts.training === undefined
      ? [{ code: 'lab_model', message: 'no signed statement says how it was trained: a lab model, for good' }]
      : []),
    ...(facts.gate?.passed === true
      ? []
      : [{ code: 'gate_failed', message: 'no signed result of a passed adversarial gate' }]),
  ];
  const by = holderName(policies, signer, now());
  const message = `model ${model.sha256.slice(0, 12)} ${refusals.length === 0 ? 'runs beside production' : 'may not be staged'}`;
  await audit(context, {
    action: refusals.length === 0 ? 'model-staged' : 'staging-refused',
    message,
    outcome: refusals.length === 0 ? 'success' : 'failure',
    modelSha256: model.sha256,
    policies: policies.digests,
    reasons: refusals.map(({ code, message }) => `${code}: ${message}`),
  });
  if (refusals.length > 0) throw refused(`staging ${model.sha256.slice(0, 12)}`, refusals);
  const predicate = { namespace, staged_at: now().toISOString(), staged_by: by };
  const subjects = [{ name: 'model.json', sha256: model.sha256 }];
  const statement = await signStatement(PREDICATE.staging, subjects, predicate, signer);
  const digest = await files.writeStatement(model.sha256, 'staging', statement);
  const mirror = { stage: 'staging', action: 'model-staged', message, sha256: digest } as const;
  await mirrorDeployment(client, namespace, { ...mirror, modelSha256: model.sha256, people: [by] }, now());
}

/** The program whose key this is. @throws {GovernanceError} untrusted if it may not attest for the registry */
export function holderName({ approvers }: Policies, signer: Signer, at: Date): string {
  const service = approvers.services.find(({ keys }) =>
    keys.some(({ public_key }) => public_key === signer.publicKey),
  );
  if (service !== undefined && serviceKeys(approvers, 'registry', at).includes(signer.publicKey))
    return service.id;
  throw new GovernanceError(
    'untrusted',
    `the key ${signer.keyid.slice(0, 12)} may not attest for the registry`,
    'Use the key of a service whose purposes in approvers.yaml hold "registry".',
  );
}
