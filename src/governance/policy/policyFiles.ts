import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalBytes, sha256 } from '../../registry/digest.js';
import { GovernanceError } from '../governanceError.js';
import { parseYaml } from '../parseDocument.js';
import { type AiGovernancePolicy, aiGovernancePolicySchema } from './aiGovernancePolicy.js';
import { type Approvers, approversSchema } from './approvers.js';
import { type RetrainingPolicy, retrainingPolicySchema } from './retrainingPolicy.js';

export const POLICY_FILES = {
  aiGovernance: 'ai_governance_policy.yaml',
  retraining: 'retraining_policy.yaml',
  approvers: 'approvers.yaml',
} as const;

/** SHA-256 of the canonical JSON of each file: comments and layout may change, meaning may not. */
export interface PolicyDigests {
  readonly ai_governance_policy: string;
  readonly retraining_policy: string;
  readonly approvers: string;
}

/** The rules in force: both policies and the people, with their digests. */
export interface Policies {
  readonly aiGovernance: AiGovernancePolicy;
  readonly retraining: RetrainingPolicy;
  readonly approvers: Approvers;
  readonly digests: PolicyDigests;
}

/**
 * Reads the three files of a folder, each on its own and all of them against one another.
 *
 * @throws {GovernanceError} not_found; invalid_document, naming every problem of every file
 */
export function readPolicies(folder: string): Policies {
  return parsePolicies((name) => readText(join(folder, name)));
}

/** The retraining policy alone, with its digest. @throws {GovernanceError} not_found, invalid_document */
export function readRetrainingPolicy(folder: string): {
  readonly policy: RetrainingPolicy;
  readonly sha256: string;
} {
  const name = POLICY_FILES.retraining;
  const parsed = parseYaml(name, readText(join(folder, name)), retrainingPolicySchema);
  return { policy: parsed.retraining_policy, sha256: sha256(canonicalBytes(parsed)) };
}

/** As readPolicies, from texts. @throws {GovernanceError} */
export function parsePolicies(read: (name: string) => string): Policies {
  const problems: GovernanceError[] = [];
  const attempt = <T>(parse: () => T): T | undefined => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof GovernanceError) || error.code !== 'invalid_document') throw error;
      problems.push(error);
      return undefined;
    }
  };
  const names = POLICY_FILES;
  const ai = attempt(() => parseYaml(names.aiGovernance, read(names.aiGovernance), aiGovernancePolicySchema));
  const retraining = attempt(() =>
    parseYaml(names.retraining, read(names.retraining), retrainingPolicySchema),
  );
  const people = attempt(() => parseYaml(names.approvers, read(names.approvers), approversSchema));
  const [first] = problems;
  if (ai === undefined || retraining === undefined || people === undefined) {
    throw new GovernanceError(
      'invalid_document',
      problems.map(({ message }) => message).join('\n'),
      first?.advice ?? '',
    );
  }
  const policies = {
    aiGovernance: ai.ai_governance_policy,
    retraining: retraining.retraining_policy,
    approvers: people.approvers,
    digests: {
      ai_governance_policy: sha256(canonicalBytes(ai)),
      retraining_policy: sha256(canonicalBytes(retraining)),
      approvers: sha256(canonicalBytes(people)),
    },
  };
  const contradictions = findContradictions(policies);
  if (contradictions.length > 0) {
    throw new GovernanceError(
      'invalid_document',
      `the files contradict one another\n${contradictions.join('\n')}`,
      'Correct the file that is wrong and have it signed.',
    );
  }
  return policies;
}

/** What each file allows by itself and the three together don't. */
function findContradictions({
  aiGovernance,
  retraining,
  approvers,
}: Omit<Policies, 'digests'>): readonly string[] {
  const held = new Set(approvers.people.flatMap(({ roles }) => roles.map(({ role }) => role)));
  const named: readonly (readonly [string, readonly string[]])[] = [
    ...aiGovernance.human_approval_requirements.map(
      ({ action, approvers: roles }) => [`human_approval_requirements (${action}).approvers`, roles] as const,
    ),
    ['authorization.who_can_request', retraining.authorization.who_can_request],
    ['authorization.who_must_approve', retraining.authorization.who_must_approve],
  ];
  const problems = named.flatMap(([path, roles]) =>
    roles
      .filter((role) => !held.has(role))
      .map((role) => `${path}: nobody in ${POLICY_FILES.approvers} holds ${role}`),
  );
  if (aiGovernance.system_id !== retraining.system_id)
    problems.push(`system_id: ${aiGovernance.system_id} in one policy, ${retraining.system_id} in the other`);
  const retrain = aiGovernance.human_approval_requirements.find(({ action }) => action === 'retrain model');
  const { who_must_approve, minimum_approvals } = retraining.authorization;
  if (retrain !== undefined && [...retrain.approvers].sort().join() !== [...who_must_approve].sort().join())
    problems.push('authorization.who_must_approve: not the approvers of "retrain model" in the other policy');
  if (retrain !== undefined && retrain.minimum_approvals !== minimum_approvals)
    problems.push('authorization.minimum_approvals: not that of "retrain model" in the other policy');
  return problems;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new GovernanceError(
      'not_found',
      `${path} can't be read`,
      `Expected ${Object.values(POLICY_FILES).join(', ')} in one folder; approvers.example.yaml shows the last.`,
      { cause },
    );
  }
}
