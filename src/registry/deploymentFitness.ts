import {
  type DeploymentRefusal,
  modelRefusals,
  rollbackRefusals,
} from '../governance/deployment/evaluateModel.js';
import type { Deployment } from '../governance/deployment/verifyDeployments.js';
import type { Incident } from '../governance/incident/incident.js';
import type { Policies } from '../governance/policy/policyFiles.js';
import { modelStatements } from './modelFacts.js';
import type { RegistryFiles } from './registryFiles.js';
import { loadModel } from './store.js';

export interface FitnessFacts {
  readonly files: RegistryFiles;
  readonly policies: Policies;
  readonly incidents: readonly Incident[];
  /** the model that it replaces; undefined for the first */
  readonly previous: string | undefined;
  /** when the statements' keys have to be valid */
  readonly at: Date;
}

export interface FitnessRefusal {
  readonly code: DeploymentRefusal['code'] | 'statement' | 'evidence_changed';
  readonly message: string;
}

/**
 * Why what people signed may not be put in force, whatever they signed: its model, the evidence that they relied on, and the model
 * to go back to. Whoever deploys asks, and the scorer again.
 *
 * @throws {OtAnomalyError} if a model can't be read
 */
export function deploymentRefusals(
  { modelSha256, evidence, rollback }: Pick<Deployment, 'modelSha256' | 'evidence' | 'rollback'>,
  { files, policies, incidents, previous, at }: FitnessFacts,
): readonly FitnessRefusal[] {
  const { facts, digests, problems } = statementsOf(modelSha256, { files, policies, at });
  const differing = (['training', 'gate', 'staging', 'comparison'] as const).filter(
    (name) => (evidence?.[name] ?? undefined) !== digests[name],
  );
  const replaces = previous !== undefined && previous !== modelSha256;
  return [
    ...problems.map((message) => ({ code: 'statement' as const, message })),
    ...differing.map((name) => ({
      code: 'evidence_changed' as const,
      message: `the ${name} statement is not the one that was signed for`,
    })),
    ...modelRefusals(facts, policies, incidents, replaces),
    ...(rollback === null
      ? []
      : goingBackRefusals(rollback.model_sha256, rollback.structure_only, {
          files,
          policies,
          incidents,
          at,
        })),
  ];
}

/**
 * The same of a model that is gone back to.
 *
 * @throws {OtAnomalyError} if it can't be read
 */
export function goingBackRefusals(
  modelSha256: string,
  structureOnly: boolean,
  { incidents, ...facts }: Omit<FitnessFacts, 'previous'>,
): readonly FitnessRefusal[] {
  return rollbackRefusals(statementsOf(modelSha256, facts).facts, structureOnly, incidents);
}

function statementsOf(
  modelSha256: string,
  { files, policies, at }: Pick<FitnessFacts, 'files' | 'policies' | 'at'>,
) {
  return modelStatements(files, loadModel(files.folder, modelSha256), policies.approvers, at);
}
