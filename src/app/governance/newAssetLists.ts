import { OtAnomalyError } from '../../errors.js';
import { evaluateApprovals } from '../../governance/approval/evaluate.js';
import { readRequest } from '../../governance/approval/request.js';
import type { Policies } from '../../governance/policy/policyFiles.js';
import { type NewAssetList, parseRelation } from '../../governance/review/newAssetList.js';
import type { Envelope } from '../../governance/signing/dsse.js';
import { trustedPolicies } from '../../registry/trustedPolicies.js';
import type { GovernanceContext } from './context.js';

/**
 * The lists in force: signed by the people whom the policy asks for a retrain, under policies that the pinned root
 * vouches for, and not run out. Where this host holds no root there is none: nothing unsigned leaves anything out.
 *
 * @throws {GovernanceError} untrusted
 */
export function newAssetLists({
  files,
  pinned,
  namespace,
  now,
}: Pick<GovernanceContext, 'files' | 'pinned' | 'namespace' | 'now'>): readonly NewAssetList[] {
  if (!pinned.hasRoot || files.listRequests().length === 0) return [];
  const at = now();
  const policies = trustedPolicies(files, pinned, at);
  return files.listRequests().flatMap((digest) => {
    try {
      const { request, approvals } = files.readRequest(digest);
      const { content } = readRequest(digest, request).request;
      if (content.kind !== 'new-asset' || content.namespace !== namespace) return [];
      return at < new Date(content.until) ? granted(policies, request, approvals, at) : [];
    } catch (error) {
      if (error instanceof OtAnomalyError) return []; // a file that can't be read speaks for nothing
      throw error;
    }
  });
}

function granted(
  policies: Policies,
  request: Envelope,
  approvals: readonly Envelope[],
  at: Date,
): readonly NewAssetList[] {
  const verdict = evaluateApprovals(request, approvals, { policies, at, used: new Set() });
  const { content, ticket } = verdict.request;
  if (!verdict.granted || content.kind !== 'new-asset') return [];
  return [
    {
      sha256: verdict.sha256,
      asset: content.asset,
      relations: content.relations.flatMap((text) => parseRelation(text) ?? []),
      until: content.until,
      ticket,
      signedBy: verdict.approvals.map(({ approver }) => approver),
    },
  ];
}
