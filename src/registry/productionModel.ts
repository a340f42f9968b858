import { OtAnomalyError } from '../errors.js';
import {
  type Accepted,
  type Deployment,
  verifyDeployments,
} from '../governance/deployment/verifyDeployments.js';
import { GovernanceError } from '../governance/governanceError.js';
import type { PolicyDigests } from '../governance/policy/policyFiles.js';
import { modelStatements } from './modelFacts.js';
import type { Pinned } from './pinned.js';
import type { RegistryFiles } from './registryFiles.js';
import { type LoadedModel, loadModel } from './store.js';
import { trustedPolicies } from './trustedPolicies.js';

/** The model that may alert, at the line that people signed. */
export interface ProductionModel {
  readonly loaded: LoadedModel;
  readonly sequence: number;
  readonly deploymentSha256: string;
  readonly alertLine: number;
  readonly structureOnly: boolean;
  /** what did not verify; not empty means that this is the last good model, not the newest one */
  readonly problems: readonly string[];
}

/**
 * Finds the model in force and verifies everything that it rests on: root, policies, every deployment, the statements
 * of the model, and its bytes. Where that fails, the last deployment that this host had accepted stays in force, with
 * what was wrong; scoring never stops for it.
 *
 * @throws {GovernanceError} untrusted if there is no good model at all
 */
export function productionModel(
  files: RegistryFiles,
  pinned: Pinned,
  namespace: string,
  now: Date,
): ProductionModel {
  const problems: string[] = [];
  try {
    const policies = trustedPolicies(files, pinned, now);
    const accepted = pinned.deployments;
    const history = verifyDeployments(files.readDeployments(), { namespace, policies, accepted, now });
    problems.push(...history.problems);
    const newest = history.deployments[history.deployments.length - 1];
    if (newest !== undefined && history.problems.length === 0) {
      const wrong = evidenceProblems(files, newest, policies.approvers, acceptedAt(accepted, newest) ?? now);
      problems.push(...wrong.map((why) => `deployment ${newest.sequence}: ${why}`));
      if (wrong.length === 0) {
        pinned.acceptDeployments(history.deployments, now);
        return inForce(files, newest, policies.digests, []);
      }
    }
  } catch (error) {
    if (!(error instanceof OtAnomalyError)) throw error;
    problems.push(error.message);
  }
  return lastGood(files, pinned, problems);
}

/** What a deployment's signers relied on must still be there, unaltered. */
function evidenceProblems(
  files: RegistryFiles,
  deployment: Deployment,
  approvers: Parameters<typeof modelStatements>[2],
  at: Date,
): readonly string[] {
  let loaded: LoadedModel;
  try {
    loaded = loadModel(files.folder, deployment.modelSha256);
  } catch (error) {
    if (!(error instanceof OtAnomalyError)) throw error;
    return [error.message];
  }
  const { evidence } = deployment;
  if (evidence === undefined) return [];
  const { facts, digests, problems } = modelStatements(files, loaded, approvers, at);
  const differing = (['training', 'gate', 'staging'] as const).filter(
    (name) => evidence[name] !== null && digests[name] !== evidence[name],
  );
  return [
    ...problems,
    ...differing.map((name) => `the ${name} statement is not the one that was signed for`),
    ...(facts.gate?.passed === true ? [] : ['no passed gate']),
  ];
}

function lastGood(files: RegistryFiles, pinned: Pinned, problems: readonly string[]): ProductionModel {
  const newestFirst = [...pinned.deployments].sort((a, b) => b.sequence - a.sequence);
  for (const accepted of newestFirst) {
    try {
      return inForce(files, accepted, undefined, problems);
    } catch (error) {
      if (!(error instanceof OtAnomalyError)) throw error;
      problems = [...problems, error.message];
    }
  }
  throw new GovernanceError(
    'untrusted',
    `no model may alert: ${problems.join('; ') || 'nothing was deployed yet'}`,
    'Deploy one ("ot-anomaly model deploy"), or try a lab model with "ot-anomaly score --model".',
  );
}

/** Keys that were revoked since don't undo what was accepted while they held. */
function acceptedAt(accepted: readonly Accepted[], { sequence }: Deployment): Date | undefined {
  const found = accepted.find((entry) => entry.sequence === sequence);
  return found === undefined ? undefined : new Date(found.at);
}

function inForce(
  files: RegistryFiles,
  deployment: Pick<Deployment, 'sequence' | 'sha256' | 'modelSha256' | 'alertLine' | 'structureOnly'>,
  policies: PolicyDigests | undefined,
  problems: readonly string[],
): ProductionModel {
  const { sequence, sha256, alertLine, structureOnly } = deployment;
  const loaded = {
    ...loadModel(files.folder, deployment.modelSha256),
    deployment: { sequence, sha256, alertLine, structureOnly, policies },
  };
  return { loaded, sequence, deploymentSha256: sha256, alertLine, structureOnly, problems };
}
