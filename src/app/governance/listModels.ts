import { existsSync, readdirSync } from 'node:fs';
import { OtAnomalyError } from '../../errors.js';
import { type Deployment, verifyDeployments } from '../../governance/deployment/verifyDeployments.js';
import type { Policies } from '../../governance/policy/policyFiles.js';
import { modelStatements } from '../../registry/modelFacts.js';
import type { Pinned } from '../../registry/pinned.js';
import type { RegistryFiles } from '../../registry/registryFiles.js';
import { loadModel } from '../../registry/store.js';
import { trustedPolicies } from '../../registry/trustedPolicies.js';

export interface ListedModel {
  readonly sha256: string;
  readonly window: string;
  readonly stage: readonly ('production' | 'previous' | 'staging')[];
  /** what is signed about it, what isn't, and why it can't be used */
  readonly notes: readonly string[];
}

const DIGEST = /^[0-9a-f]{64}$/;

/** Every model of the registry with its stage and what counts for or against it. Reads only. */
export function listModels(
  files: RegistryFiles,
  pinned: Pinned,
  namespace: string,
  now: Date,
): readonly ListedModel[] {
  const { policies, deployments } = inForce(files, pinned, namespace, now);
  const production = deployments[deployments.length - 1];
  const previous = deployments.filter(({ modelSha256 }) => modelSha256 !== production?.modelSha256).pop();
  const digests = existsSync(files.folder)
    ? readdirSync(files.folder)
        .filter((name) => DIGEST.test(name))
        .sort()
    : [];
  return digests.map((sha256) => {
    const staged = files.readStatement(sha256, 'staging') !== undefined;
    const stage = [
      ...(sha256 === production?.modelSha256 ? (['production'] as const) : []),
      ...(sha256 === previous?.modelSha256 ? (['previous'] as const) : []),
      ...(staged && !deployments.some(({ modelSha256 }) => modelSha256 === sha256)
        ? (['staging'] as const)
        : []),
    ];
    try {
      const loaded = loadModel(files.folder, sha256);
      const { from, to } = loaded.model.options;
      const window = `${from.slice(0, 10)} to ${to.slice(0, 10)}`;
      if (policies === undefined) return { sha256, window, stage, notes: ['no trusted policies'] };
      const { facts, problems } = modelStatements(files, loaded, policies.approvers, now);
      const notes = [
        facts.training === undefined
          ? 'lab'
          : `trained on request ${facts.training.request_sha256.slice(0, 12)}`,
        facts.gate === undefined ? 'not gated' : facts.gate.passed ? 'gate passed' : 'gate FAILED',
        ...problems,
      ];
      return { sha256, window, stage, notes };
    } catch (error) {
      if (!(error instanceof OtAnomalyError)) throw error;
      return { sha256, window: '?', stage, notes: [error.message] };
    }
  });
}

function inForce(
  files: RegistryFiles,
  pinned: Pinned,
  namespace: string,
  now: Date,
): { readonly policies: Policies | undefined; readonly deployments: readonly Deployment[] } {
  try {
    const policies = trustedPolicies(files, pinned, now);
    const { deployments } = verifyDeployments(files.readDeployments(), {
      namespace,
      policies,
      accepted: pinned.deployments,
      now,
    });
    return { policies, deployments };
  } catch (error) {
    if (error instanceof OtAnomalyError) return { policies: undefined, deployments: [] };
    throw error;
  }
}
