import { z } from 'zod';
import type { Envelope } from '../signing/dsse.js';
import type { Signer } from '../signing/signer.js';
import { readStatement, type Statement, signStatement } from '../signing/statement.js';

export const APPROVAL_PREDICATE = 'urn:ot-anomaly:approval:v1';

const approvalSchema = z.strictObject({
  decision: z.literal('approved'),
  approver: z.string().min(1),
  role: z.string().min(1),
  signed_at: z.iso.datetime(),
});

export type Approval = z.infer<typeof approvalSchema>;

/** One person's signature under a request. Needs nothing but the request and the key. */
export async function approve(
  requestSha256: string,
  approval: Omit<Approval, 'decision'>,
  signer: Signer,
): Promise<Envelope> {
  const subject = { name: 'approval-request', sha256: requestSha256 };
  return signStatement(APPROVAL_PREDICATE, [subject], { decision: 'approved', ...approval }, signer);
}

/** @throws {GovernanceError} invalid_document */
export function readApproval(name: string, envelope: Envelope): Statement<Approval> {
  return readStatement(name, envelope, APPROVAL_PREDICATE, approvalSchema);
}
