import { z } from 'zod';
import { sha256 } from '../../registry/digest.js';
import { type DeploymentContent, readRequest } from '../approval/request.js';
import { GovernanceError } from '../governanceError.js';
import { PREDICATE, type RollbackPredicate, rollbackPredicate } from '../model/statements.js';
import { type Envelope, envelopeSchema, payloadOf } from '../signing/dsse.js';
import { readStatement } from '../signing/statement.js';

/** One change of what alerts: a request with its approvals, or the rollback that a deployment had signed in advance. */
export const recordSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('deployment'),
    request: envelopeSchema,
    approvals: z.array(envelopeSchema),
  }),
  z.strictObject({ kind: z.literal('rollback'), statement: envelopeSchema }),
]);
export type DeploymentRecord = z.infer<typeof recordSchema>;

/** What a record says, once read; whether it may say so is verifyDeployments' question. */
export type ReadRecord =
  | {
      readonly kind: 'deployment';
      /** digest of the request */
      readonly sha256: string;
      readonly content: DeploymentContent;
      readonly request: Envelope;
      readonly approvals: readonly Envelope[];
    }
  | {
      readonly kind: 'rollback';
      /** digest of the statement */
      readonly sha256: string;
      readonly content: RollbackPredicate;
      readonly statement: Envelope;
    };

/** @throws {GovernanceError} invalid_document */
export function readRecord(name: string, record: DeploymentRecord): ReadRecord {
  if (record.kind === 'rollback') {
    const { predicate } = readStatement(name, record.statement, PREDICATE.rollback, rollbackPredicate);
    return { ...record, sha256: sha256(payloadOf(record.statement)), content: predicate };
  }
  const { request, sha256: digest } = readRequest(name, record.request);
  if (request.content.kind !== 'deployment') {
    throw new GovernanceError(
      'invalid_document',
      `${name}: expected a request for a deployment, found one for ${request.content.kind}`,
      'Check that this is the right file.',
    );
  }
  return { ...record, sha256: digest, content: request.content };
}
