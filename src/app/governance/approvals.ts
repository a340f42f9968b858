import { readApproval } from '../../governance/approval/approval.js';
import { type ApprovalVerdict, evaluateApprovals } from '../../governance/approval/evaluate.js';
import { REQUEST_PAYLOAD, type ReadRequest, readRequest } from '../../governance/approval/request.js';
import { readRecord } from '../../governance/deployment/record.js';
import { GovernanceError } from '../../governance/governanceError.js';
import type { Envelope } from '../../governance/signing/dsse.js';
import { audit, type GovernanceContext, policiesInForce, type RegistryView } from './context.js';
import { refusalsOfMoment } from './moment.js';

/**
 * Takes a signed request or a signed approval in, after checking it. An approval that would not count is refused with
 * the reason, so that whoever signed it hears so at once.
 *
 * @throws {GovernanceError} refused, invalid_document, untrusted
 */
export async function submit(context: GovernanceContext, envelope: Envelope): Promise<ApprovalVerdict> {
  return envelope.payloadType === REQUEST_PAYLOAD
    ? submitRequest(context, envelope)
    : submitApproval(context, envelope);
}

async function submitRequest(context: GovernanceContext, envelope: Envelope): Promise<ApprovalVerdict> {
  const { request, sha256 } = readRequest('request', envelope);
  const verdict = judge(context, envelope, []);
  const blocking = verdict.refusals.filter(({ code }) => code !== 'too_few' && code !== 'too_few_roles');
  const record = await audit(context, {
    action: 'approval-requested',
    message: `${request.requested_by} asks for "${request.action}" (${request.content.kind}), ticket ${request.ticket}`,
    outcome: blocking.length === 0 ? 'success' : 'failure',
    requestSha256: sha256,
    person: request.requested_by,
    policies: request.policies,
    reasons: blocking.map(({ message }) => message),
  });
  await refuseIfAny(context, record, 'the request', blocking);
  await context.files.writeRequest(sha256, envelope);
  return verdict;
}

async function submitApproval(context: GovernanceContext, envelope: Envelope): Promise<ApprovalVerdict> {
  const { subjects, predicate } = readApproval('approval', envelope);
  const digest = subjects[0]?.sha256 ?? '';
  const { request, approvals } = context.files.readRequest(digest);
  const before = judge(context, request, approvals);
  const after = judge(context, request, [...approvals, envelope]);
  const counts = after.approvals.length > before.approvals.length;
  const why = after.refusals.filter(({ code }) => code !== 'too_few' && code !== 'too_few_roles');
  const record = await audit(context, {
    action: 'approval-submitted',
    message: `${predicate.approver} as ${predicate.role} signed "${after.request.action}", ticket ${after.request.ticket}: ${counts ? (after.granted ? 'granted' : 'counted, more are needed') : 'refused'}`,
    outcome: counts ? 'success' : 'failure',
    requestSha256: digest,
    person: predicate.approver,
    policies: after.request.policies,
    reasons: why.map(({ message }) => message),
  });
  await refuseIfAny(context, record, 'the approval', counts ? [] : why);
  await context.files.writeApproval(digest, envelope);
  return after;
}

/** Where a request stands. @throws {GovernanceError} not_found, untrusted */
export function showApproval(context: RegistryView, digest: string): ApprovalVerdict {
  const { request, approvals } = context.files.readRequest(digest);
  return judge(context, request, approvals);
}

/** A request in the registry that people have granted. @throws {GovernanceError} refused, with each reason */
export function grantedRequest(context: GovernanceContext, digest: string): ApprovalVerdict {
  const verdict = showApproval(context, digest);
  if (verdict.granted) return verdict;
  throw new GovernanceError(
    'refused',
    `the request ${digest.slice(0, 12)} is not granted: ${verdict.refusals.map(({ message }) => message).join('; ')}`,
    'Have the missing approvals signed and submitted, or ask anew ("ot-anomaly approval request").',
  );
}

/** Digests of requests that have had their effect: deployments in the registry. Retrains look at the audit stream. */
export function deployedRequests({ files }: RegistryView): ReadonlySet<string> {
  return new Set(
    files.readDeployments().map((record, i) => readRecord(`deployment ${i + 1}`, record).sha256),
  );
}

function judge(context: RegistryView, request: Envelope, approvals: readonly Envelope[]): ApprovalVerdict {
  return evaluateApprovals(request, approvals, {
    policies: policiesInForce(context),
    at: context.now(),
    used: deployedRequests(context),
  });
}

async function refuseIfAny(
  context: GovernanceContext,
  record: Parameters<typeof refusalsOfMoment>[1],
  what: string,
  refusals: readonly { readonly code: string; readonly message: string }[],
): Promise<void> {
  // A change freeze holds deployments back, not the signing that prepares them.
  const moment = (await refusalsOfMoment(context, record, policiesInForce(context))).filter(
    ({ code }) => code !== 'change_freeze',
  );
  const all = [...refusals, ...moment];
  if (all.length === 0) return;
  throw new GovernanceError(
    'refused',
    `${what} is refused: ${all.map(({ code, message }) => `${message} (${code})`).join('; ')}`,
    'Correct what is named, sign anew and submit again.',
  );
}

export type { ReadRequest };
