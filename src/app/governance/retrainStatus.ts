import { type RequestRecord, recordsOfRequest } from '../../elasticsearch/auditQueries.js';
import { showApproval } from './approvals.js';
import type { GovernanceContext } from './context.js';

export interface RetrainStatus {
  readonly granted: boolean;
  readonly approvals: readonly { readonly approver: string; readonly role: string }[];
  /** what the approval lacks */
  readonly missing: readonly string[];
  /** what the audit stream holds of the request, oldest first */
  readonly records: readonly RequestRecord[];
}

/** Where a request stands and what became of it. @throws {GovernanceError} not_found, untrusted */
export async function retrainStatus(
  context: GovernanceContext,
  requestSha256: string,
): Promise<RetrainStatus> {
  const { granted, approvals, refusals } = showApproval(context, requestSha256);
  return {
    granted,
    approvals: approvals.map(({ approver, role }) => ({ approver, role })),
    missing: refusals.map(({ code, message }) => `${code}: ${message}`),
    records: await recordsOfRequest(context.client, context.namespace, requestSha256),
  };
}
