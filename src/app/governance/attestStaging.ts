import type { Client } from '@elastic/elasticsearch';
import { scoredBy, sourceRows } from '../../elasticsearch/shadowCounts.js';
import { GovernanceError } from '../../governance/governanceError.js';
import { type EvidencePredicate, PREDICATE, stagingPredicate } from '../../governance/model/statements.js';
import type { Signer } from '../../governance/signing/signer.js';
import { signStatement } from '../../governance/signing/statement.js';
import { requireSameProfile } from '../../profiles/sameProfile.js';
import { sha256 } from '../../registry/digest.js';
import { findStatement, serviceKeys } from '../../registry/modelFacts.js';
import { loadModel } from '../../registry/store.js';
import { compareModels, type Rows } from './compareModels.js';
import { audit, type GovernanceContext, policiesInForce } from './context.js';
import { deploymentHistory } from './deployModel.js';
import { holderName } from './stageModel.js';

const DAY_MS = 86_400_000;

/**
 * Counts what a staged model scored beside production, day by day since it was staged, compares both on the rows of
 * those days, and signs it. Where nothing is in production yet, the sources themselves are what it is measured by.
 *
 * @throws {GovernanceError} not_found if the model was not staged
 */
export async function attestStaging(
  context: GovernanceContext,
  modelSha256: string,
  rows: Rows,
  signer: Signer,
): Promise<EvidencePredicate> {
  const { files, client, namespace, now } = context;
  const policies = policiesInForce(context);
  const model = loadModel(files.folder, modelSha256);
  requireSameProfile(model, rows.profile);
  const keys = serviceKeys(policies.approvers, 'registry', now());
  const staging = findStatement(files, model.sha256, 'staging', PREDICATE.staging, stagingPredicate, keys);
  if (staging === undefined) {
    throw new GovernanceError(
      'not_found',
      `${model.sha256.slice(0, 12)} was not staged`,
      'Run "ot-anomaly model stage" first.',
    );
  }
  holderName(policies, signer, now());
  const { deployments } = deploymentHistory(context, policies);
  const production = deployments[deployments.length - 1];
  const stagedAt = new Date(staging.predicate.staged_at);
  const evidence: EvidencePredicate = {
    namespace,
    staged_at: staging.predicate.staged_at,
    counted_at: now().toISOString(),
    compared_with: production === undefined ? 'sources' : 'production',
    days: await countDays(client, namespace, rows, model.sha256, production?.modelSha256, stagedAt, now()),
    comparison_sha256: null,
  };
  const contender = { model, alertLine: production?.alertLine ?? model.model.alertLine };
  const comparison =
    production === undefined
      ? undefined
      : await compareModels(
          client,
          rows,
          stagedAt.getTime() / 1000,
          now().getTime() / 1000,
          {
            model: loadModel(files.folder, production.modelSha256),
            alertLine: production.alertLine,
          },
          contender,
        );
  const text = comparison === undefined ? undefined : `${JSON.stringify(comparison, null, 2)}\n`;
  const whole = { ...evidence, comparison_sha256: text === undefined ? null : sha256(text) };
  await audit(context, {
    action: 'staging-counted',
    message: `model ${model.sha256.slice(0, 12)} beside ${evidence.compared_with}: ${evidence.days.map(({ day, shadow, production }) => `${day} ${shadow} of ${production}`).join(', ')}`,
    outcome: 'success',
    modelSha256: model.sha256,
    policies: policies.digests,
  });
  if (text !== undefined) await files.writeBeside(model.sha256, 'comparison.json', text);
  const subjects = [
    { name: 'model.json', sha256: model.sha256 },
    ...(text === undefined ? [] : [{ name: 'comparison.json', sha256: sha256(text) }]),
  ];
  await files.writeStatement(
    model.sha256,
    'evidence',
    await signStatement(PREDICATE.evidence, subjects, whole, signer),
  );
  return whole;
}

/** Spans of 24 hours from the staging on, each named by the day on which it began. */
async function countDays(
  client: Client,
  namespace: string,
  { index, profile }: Rows,
  staged: string,
  production: string | undefined,
  from: Date,
  to: Date,
): Promise<EvidencePredicate['days']> {
  const days: EvidencePredicate['days'] = [];
  for (let start = from.getTime(); start + DAY_MS <= to.getTime(); start += DAY_MS) {
    const [begin, end] = [new Date(start), new Date(start + DAY_MS)];
    days.push({
      day: begin.toISOString().slice(0, 10),
      shadow: await scoredBy(client, namespace, staged, begin, end),
      production:
        production === undefined
          ? await sourceRows(client, index, profile, begin, end)
          : await scoredBy(client, namespace, production, begin, end),
    });
  }
  return days;
}
