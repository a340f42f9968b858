import { actionOf, type DeploymentContent } from '../../governance/approval/request.js';
import { verifyDeployments } from '../../governance/deployment/verifyDeployments.js';
import { ALERT_LINE } from '../../model/artifact.js';
import { modelStatements } from '../../registry/modelFacts.js';
import { untrusted } from '../../registry/pinned.js';
import { loadModel } from '../../registry/store.js';
import { trustedPolicies } from '../../registry/trustedPolicies.js';
import type { GovernanceContext } from './context.js';

export interface DeploymentWish {
  /** default: the line in force, or the one the model was made with */
  readonly alertLine?: number;
  /** name the model in production now as the one to go back to */
  readonly withRollback: boolean;
  readonly structureOnly: boolean;
}

/**
 * What a deployment of this model would be, for people to sign: number, line, evidence and the model to go back to are
 * taken from the registry as it stands.
 *
 * @throws {GovernanceError} untrusted; not_found, naming the statement that is missing
 */
export function deploymentContent(
  { files, pinned, namespace, now }: Pick<GovernanceContext, 'files' | 'pinned' | 'namespace' | 'now'>,
  name: string | undefined,
  wish: DeploymentWish,
): {
  readonly content: DeploymentContent;
  readonly lineInForce: number | undefined;
  readonly action: ReturnType<typeof actionOf>;
} {
  const policies = trustedPolicies(files, pinned, now());
  const model = loadModel(files.folder, name);
  const accepted = pinned.deployments;
  const history = verifyDeployments(files.readDeployments(), { namespace, policies, accepted, now: now() });
  if (history.problems.length > 0) throw untrusted('the deployments of the registry', history.problems);
  const current = history.deployments[history.deployments.length - 1];
  const { digests, problems } = modelStatements(files, model, policies.approvers, now());
  if (digests.training === undefined || digests.gate === undefined) {
    const missing = ['training', 'gate'].filter((name) => digests[name as 'training' | 'gate'] === undefined);
    throw untrusted(`model ${model.sha256.slice(0, 12)}`, [
      ...problems,
      `no signed ${missing.join(' and no ')} statement`,
    ]);
  }
  const before = current?.modelSha256 === model.sha256 ? undefined : current;
  // A change of threshold alone goes back to the same model at the line before.
  const back = before ?? current;
  const content: DeploymentContent = {
    kind: 'deployment',
    namespace,
    sequence: history.deployments.length + 1,
    previous: current?.sha256 ?? null,
    model_sha256: model.sha256,
    alert_line: wish.alertLine ?? current?.alertLine ?? ALERT_LINE,
    rollback:
      wish.withRollback && back !== undefined
        ? {
            model_sha256: back.modelSha256,
            alert_line: back.alertLine,
            structure_only: wish.structureOnly || back.structureOnly,
          }
        : null,
    evidence: {
      training: digests.training,
      gate: digests.gate,
      staging: digests.staging ?? null,
      comparison: digests.comparison ?? null,
    },
  };
  return { content, lineInForce: current?.alertLine, action: actionOf(content, current?.alertLine) };
}
