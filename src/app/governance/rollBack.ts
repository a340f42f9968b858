import type { DeploymentRecord } from '../../governance/deployment/record.js';
import { type Deployment, verifyDeployments } from '../../governance/deployment/verifyDeployments.js';
import { PREDICATE } from '../../governance/model/statements.js';
import { holderOf } from '../../governance/policy/approvers.js';
import type { Signer } from '../../governance/signing/signer.js';
import { signStatement } from '../../governance/signing/statement.js';
import { canonicalBytes } from '../../registry/digest.js';
import { audit, type GovernanceContext, policiesInForce } from './context.js';
import { deploymentHistory, putInForce, refused } from './deployModel.js';

/**
 * Goes back to the one model that the deployment in force had signed in advance: one person, alone, at any hour, with
 * the reason in the audit stream. Anything else takes the signatures of a deployment. Clocks and change freezes don't
 * hold it up.
 *
 * @throws {GovernanceError} refused, untrusted
 */
export async function rollBack(
  context: GovernanceContext,
  signer: Signer,
  reason: string,
): Promise<Deployment> {
  const { files, namespace, now, pinned } = context;
  const policies = policiesInForce(context);
  const { deployments, problems } = deploymentHistory(context, policies);
  const current = deployments[deployments.length - 1];
  const person =
    holderOf(policies.approvers.people, signer.keyid)?.holder.id ?? `key ${signer.keyid.slice(0, 12)}`;
  if (current === undefined || current.rollback === null || problems.length > 0) {
    const why =
      current === undefined ? 'nothing is deployed' : 'the deployment in force named no model to go back to';
    throw refused('the rollback', [{ code: 'nothing_signed', message: problems[0] ?? why }]);
  }
  const predicate = {
    namespace,
    sequence: current.sequence + 1,
    of: current.sha256,
    ...current.rollback,
    person,
    reason,
    signed_at: now().toISOString(),
  };
  const statement = await signStatement(
    PREDICATE.rollback,
    [{ name: 'model.json', sha256: current.rollback.model_sha256 }],
    JSON.parse(canonicalBytes(predicate).toString('utf8')),
    signer,
  );
  const record: DeploymentRecord = { kind: 'rollback', statement };
  const after = verifyDeployments([...files.readDeployments(), record], {
    namespace,
    policies,
    accepted: pinned.deployments,
    now: now(),
  });
  const deployment = after.deployments[current.sequence];
  const message = `ROLLBACK by ${person} from model ${current.modelSha256.slice(0, 12)} to ${current.rollback.model_sha256.slice(0, 12)}: ${reason}`;
  await audit(context, {
    action: deployment === undefined ? 'rollback-refused' : 'model-rolled-back',
    message,
    outcome: deployment === undefined ? 'failure' : 'success',
    modelSha256: current.rollback.model_sha256,
    person,
    policies: policies.digests,
    reasons: after.problems,
  });
  if (deployment === undefined)
    throw refused(
      'the rollback',
      after.problems.map((message) => ({ code: 'not_signed', message })),
    );
  await putInForce(context, deployment, record, current, { action: 'model-rolled-back', message });
  return deployment;
}
