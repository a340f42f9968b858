import { messageOf } from '../../errors.js';
import { type ApprovalRequirement, requirementFor } from '../policy/aiGovernancePolicy.js';
import { holderOf, isKeyValidAt, type Person, rolesAt } from '../policy/approvers.js';
import type { Policies } from '../policy/policyFiles.js';
import { type Envelope, validKeyIds } from '../signing/dsse.js';
import { type Approval, readApproval } from './approval.js';
import { type ApprovalRequest, readRequest } from './request.js';

export type RefusalCode =
  | 'not_yet'
  | 'expired'
  | 'valid_too_long'
  | 'used'
  | 'policy_changed'
  | 'requester_unknown'
  | 'requester_role'
  | 'unreadable'
  | 'other_content'
  | 'bad_signature'
  | 'key_not_valid'
  | 'other_person'
  | 'signed_before_request'
  | 'signed_in_future'
  | 'signed_after_expiry'
  | 'role_not_held'
  | 'role_may_not_approve'
  | 'is_requester'
  | 'same_person'
  | 'too_few'
  | 'too_few_roles';

/** A signature given for now is not kept for a better day. */
export const VALID_AT_MOST_DAYS = 30;
const DAY_MS = 86_400_000;

export interface ApprovalRefusal {
  readonly code: RefusalCode;
  readonly message: string;
}

export interface GivenApproval extends Approval {
  readonly keyid: string;
}

export interface ApprovalVerdict {
  readonly granted: boolean;
  readonly request: ApprovalRequest;
  readonly sha256: string;
  readonly requirement: ApprovalRequirement;
  /** those that count */
  readonly approvals: readonly GivenApproval[];
  /** what stands in the way, and approvals that don't count */
  readonly refusals: readonly ApprovalRefusal[];
}

export interface ApprovalFacts {
  readonly policies: Policies;
  /** when this is judged: now, or when it was first accepted */
  readonly at: Date;
  /** digests of requests whose effect has taken place; none of them may have a second one */
  readonly used: ReadonlySet<string>;
  /** true for what was accepted earlier: the policies of that time hold for it */
  readonly acceptedEarlier?: boolean;
}

/**
 * Whether people have signed what the policy asks for, for exactly this request. Expected refusals are values; each
 * names its reason. Pure: the time and every fact come in.
 *
 * @throws {GovernanceError} invalid_document if the request itself can't be read
 */
export function evaluateApprovals(
  requestEnvelope: Envelope,
  approvalEnvelopes: readonly Envelope[],
  facts: ApprovalFacts,
): ApprovalVerdict {
  const { request, sha256 } = readRequest('request', requestEnvelope);
  const requirement = requirementFor(facts.policies.aiGovernance, request.action);
  const blocking = [
    ...requestRefusals(request, sha256, facts),
    ...requesterRefusals(request, requestEnvelope, facts),
  ];
  const approvals: GivenApproval[] = [];
  const passedOver: ApprovalRefusal[] = [];
  for (const envelope of approvalEnvelopes) {
    const judged = judge(envelope, request, sha256, requirement, facts, approvals);
    if ('code' in judged) passedOver.push(judged);
    else approvals.push(judged);
  }
  blocking.push(...countRefusals(requirement, approvals));
  return {
    granted: blocking.length === 0,
    request,
    sha256,
    requirement,
    approvals,
    refusals: [...blocking, ...passedOver],
  };
}

function requestRefusals(
  request: ApprovalRequest,
  sha256: string,
  { at, used, policies, acceptedEarlier = false }: ApprovalFacts,
): readonly ApprovalRefusal[] {
  const { digests } = policies;
  const changed = (['ai_governance_policy', 'retraining_policy', 'approvers'] as const).filter(
    (name) => request.policies[name] !== digests[name],
  );
  return [
    ...refuseIf(
      at < new Date(request.requested_at),
      'not_yet',
      `the request is of ${request.requested_at}, after now`,
    ),
    ...refuseIf(at >= new Date(request.expires), 'expired', `the request expired at ${request.expires}`),
    ...refuseIf(
      Date.parse(request.expires) - Date.parse(request.requested_at) > VALID_AT_MOST_DAYS * DAY_MS,
      'valid_too_long',
      `the request is valid until ${request.expires}, more than ${VALID_AT_MOST_DAYS} days after it was made; ask anew`,
    ),
    ...refuseIf(used.has(sha256), 'used', 'the request was used already; ask anew'),
    ...refuseIf(
      !acceptedEarlier && changed.length > 0,
      'policy_changed',
      `the request was made under other rules: ${changed.join(', ')} changed since; ask anew`,
    ),
  ];
}

function requesterRefusals(
  request: ApprovalRequest,
  envelope: Envelope,
  { policies, at }: ApprovalFacts,
): readonly ApprovalRefusal[] {
  const { people } = policies.approvers;
  const person = people.find(({ id }) => id === request.requested_by);
  if (person === undefined)
    return [{ code: 'requester_unknown', message: `${request.requested_by} is not in the approvers file` }];
  const valid = signersOf(envelope, person, at);
  if (valid.length === 0)
    return [{ code: 'requester_unknown', message: `the request bears no valid signature of ${person.id}` }];
  const allowed = policies.retraining.authorization.who_can_request;
  const held = rolesAt(person, new Date(request.requested_at));
  return refuseIf(
    request.content.kind === 'retrain' && !held.some((role) => allowed.includes(role)),
    'requester_role',
    `${person.id} may not ask for a retrain: expected one of ${allowed.join(', ')}, holds ${held.join(', ') || 'none'}`,
  );
}

function judge(
  envelope: Envelope,
  request: ApprovalRequest,
  sha256: string,
  requirement: ApprovalRequirement,
  { policies, at }: ApprovalFacts,
  before: readonly GivenApproval[],
): GivenApproval | ApprovalRefusal {
  let read: ReturnType<typeof readApproval>;
  try {
    read = readApproval('approval', envelope);
  } catch (error) {
    return { code: 'unreadable', message: messageOf(error) };
  }
  const { subjects, predicate: approval } = read;
  const { approver, role } = approval;
  const refuse = (code: RefusalCode, message: string): ApprovalRefusal => ({
    code,
    message: `${approver}: ${message}`,
  });
  if (subjects.length !== 1 || subjects[0]?.sha256 !== sha256)
    return refuse('other_content', 'signed another request than this one');
  const person = policies.approvers.people.find(({ id }) => id === approver);
  if (person === undefined) return refuse('other_person', 'is not in the approvers file');
  const allKeys = policies.approvers.people.flatMap(({ keys }) => keys.map(({ public_key }) => public_key));
  const [signer] = validKeyIds(envelope, allKeys);
  if (signer === undefined)
    return refuse('bad_signature', 'the signature is not valid, or by a key nobody holds');
  const holder = holderOf(policies.approvers.people, signer);
  if (holder?.holder.id !== approver)
    return refuse('other_person', `the signature is ${holder?.holder.id}'s, not this person's`);
  const signedAt = new Date(approval.signed_at);
  // A stolen key can claim any time, so the key must hold when the signature is judged, too.
  if (!isKeyValidAt(holder.key, signedAt) || !isKeyValidAt(holder.key, at))
    return refuse(
      'key_not_valid',
      `the key is revoked, or not valid yet (from ${holder.key.from}${holder.key.revoked_at === undefined ? '' : ` to ${holder.key.revoked_at}`})`,
    );
  if (signedAt < new Date(request.requested_at))
    return refuse('signed_before_request', `signed at ${approval.signed_at}, before the request existed`);
  if (signedAt > at) return refuse('signed_in_future', `signed at ${approval.signed_at}, after now`);
  if (signedAt >= new Date(request.expires))
    return refuse('signed_after_expiry', 'signed after the request expired');
  if (!requirement.approvers.includes(role))
    return refuse('role_may_not_approve', `${role} may not approve "${requirement.action}"`);
  if (!rolesAt(person, signedAt).includes(role) || !rolesAt(person, at).includes(role))
    return refuse('role_not_held', `does not hold ${role} at that time`);
  if (approver === request.requested_by && !requirement.requester_may_approve)
    return refuse('is_requester', 'asked for it and may not approve it');
  if (before.some((other) => other.approver === approver))
    return refuse('same_person', 'has approved already and counts once');
  return { ...approval, keyid: signer };
}

/** As many people as the policy says, of as many roles as there can be among them. */
function countRefusals(
  requirement: ApprovalRequirement,
  approvals: readonly GivenApproval[],
): readonly ApprovalRefusal[] {
  const { minimum_approvals, approvers } = requirement;
  const roles = new Set(approvals.map(({ role }) => role)).size;
  const rolesNeeded = Math.min(minimum_approvals, new Set(approvers).size);
  if (approvals.length < minimum_approvals)
    return [
      {
        code: 'too_few',
        message: `${approvals.length} of ${minimum_approvals} approvals for "${requirement.action}"`,
      },
    ];
  return refuseIf(
    roles < rolesNeeded,
    'too_few_roles',
    `approvals of ${roles} of ${rolesNeeded} different roles (${approvers.join(', ')})`,
  );
}

function signersOf(envelope: Envelope, person: Person, at: Date): readonly string[] {
  const keys = person.keys.filter((key) => isKeyValidAt(key, at)).map(({ public_key }) => public_key);
  return validKeyIds(envelope, keys);
}

function refuseIf(condition: boolean, code: RefusalCode, message: string): readonly ApprovalRefusal[] {
  return condition ? [{ code, message }] : [];
}
