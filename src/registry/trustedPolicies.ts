import { type Policies, parsePolicies } from '../governance/policy/policyFiles.js';
import { readTrust, trustProblems } from '../governance/trust/trust.js';
import { type Pinned, untrusted } from './pinned.js';
import type { RegistryFiles } from './registryFiles.js';

/**
 * The policies and people in force: those in the registry, if the pinned root vouches for exactly them, and nothing
 * newer was in force on this host before.
 *
 * @throws {GovernanceError} untrusted; invalid_document; not_found
 */
export function trustedPolicies(files: RegistryFiles, pinned: Pinned, now: Date): Policies {
  const root = pinned.root(now);
  const policies = parsePolicies((name) => files.readPolicy(name));
  const envelope = files.readTrust();
  const problems = trustProblems(root, envelope, policies.digests, pinned.trustVersion, now);
  if (problems.length > 0) throw untrusted('the policies and approvers', problems);
  pinned.acceptTrust(readTrust('trust', envelope).version);
  return policies;
}
