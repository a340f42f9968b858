import { messageOf } from '../errors.js';
import {
  type Accepted,
  type Deployment,
  verifyDeployments,
} from '../governance/deployment/verifyDeployments.js';
import { GovernanceError } from '../governance/governanceError.js';
import type { Policies, PolicyDigests } from '../governance/policy/policyFiles.js';
import { deploymentRefusals, goingBackRefusals } from './deploymentFitness.js';
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
      const earlier = acceptedAt(accepted, newest);
      const wrong = inWords(() => evidenceProblems(files, history.deployments, policies, earlier, now));
      problems.push(...wrong.map((why) => `deployment ${newest.sequence}: ${why}`));
      if (wrong.length === 0) {
        pinned.acceptDeployments(history.deployments, now);
        return inForce(files, newest, policies.digests, []);
      }
    }
  } catch (error) {
    problems.push(messageOf(error)); // whatever became of the folder
  }
  return lastGood(files, pinned, problems);
}

/**
 * What a deployment's signers relied on must still be there, unaltered. One that this host has not seen yet must also be one that
 * "model deploy" would not have refused for its models: a file that somebody put there by hand went through no check.
 */
function evidenceProblems(
  files: RegistryFiles,
  deployments: readonly Deployment[],
  policies: Policies,
  accepted: Date | undefined,
  now: Date,
): readonly string[] {
  const [previous, newest] = [deployments.at(-2), deployments.at(-1)];
  if (newest === undefined) return [];
  const { evidence, modelSha256 } = newest;
  if (accepted === undefined) {
    const facts = { files, policies, incidents: [], at: now };
    const refusals =
      newest.kind === 'rollback'
        ? goingBackRefusals(modelSha256, newest.structureOnly, facts)
        : deploymentRefusals(newest, { ...facts, previous: previous?.modelSha256 });
    return refusals.map(({ message }) => message);
  }
  const loaded = loadModel(files.folder, modelSha256);
  if (evidence === undefined) return [];
  const { facts, digests, problems } = modelStatements(files, loaded, policies.approvers, accepted);
  const differing = (['training', 'gate', 'staging'] as const).filter(
    (name) => evidence[name] !== null && digests[name] !== evidence[name],
  );
  return [
    ...problems,
    ...differing.map((name) => `the ${name} statement is not the one that was signed for`),
    ...(facts.gate?.passed === true ? [] : ['no passed gate']),
  ];
}

/** What is found, or why nothing could be. */
function inWords(look: () => readonly string[]): readonly string[] {
  try {
    return look();
  } catch (error) {
    return [messageOf(error)];
  }
}

function lastGood(files: RegistryFiles, pinned: Pinned, problems: readonly string[]): ProductionModel {
  const newestFirst = [...pinned.deployments].sort((a, b) => b.sequence - a.sequence);
  for (const accepted of newestFirst) {
    try {
      return inForce(files, accepted, undefined, problems);
    } catch (error) {
      problems = [...problems, messageOf(error)];
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
