import { z } from 'zod';
import { canonicalBytes } from '../../registry/digest.js';
import { GovernanceError } from '../governanceError.js';
import { checkDocument } from '../parseDocument.js';
import { addSignature, type Envelope, payloadOf, unsignedEnvelope } from './dsse.js';
import type { Signer } from './signer.js';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const IN_TOTO_PAYLOAD = 'application/vnd.in-toto+json';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** in-toto Statement v1: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const statementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z
    .array(z.strictObject({ name: z.string().min(1), digest: z.strictObject({ sha256: digest }) }))
    .min(1),
  predicateType: z.string().min(1),
  predicate: z.unknown(),
});

export interface Subject {
  readonly name: string;
  readonly sha256: string;
}

export interface Statement<T> {
  readonly subjects: readonly Subject[];
  readonly predicate: T;
}

/** Says `predicate` of the subjects, signed, in an envelope. */
export async function signStatement(
  predicateType: string,
  subjects: readonly Subject[],
  predicate: unknown,
  signer: Signer,
): Promise<Envelope> {
  const statement = {
    _type: STATEMENT_TYPE,
    subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType,
    predicate,
  };
  return addSignature(unsignedEnvelope(IN_TOTO_PAYLOAD, canonicalBytes(statement)), signer);
}

/**
 * Reads the statement in an envelope; whether anybody signed it is another question (validKeyIds).
 *
 * @throws {GovernanceError} invalid_document: another kind of payload, or not of the predicate's schema
 */
export function readStatement<T>(
  name: string,
  envelope: Envelope,
  predicateType: string,
  schema: z.ZodType<T>,
): Statement<T> {
  const statement = checkDocument(name, payloadJson(name, envelope, IN_TOTO_PAYLOAD), statementSchema);
  if (statement.predicateType !== predicateType) {
    throw new GovernanceError(
      'invalid_document',
      `${name}: expected a statement of type ${predicateType}, found ${statement.predicateType}`,
      'Check that this is the right file.',
    );
  }
  return {
    subjects: statement.subject.map(({ name: subject, digest: { sha256 } }) => ({ name: subject, sha256 })),
    predicate: checkDocument(`${name} predicate`, statement.predicate, schema),
  };
}

/** The JSON in an envelope of the expected type. @throws {GovernanceError} invalid_document */
export function payloadJson(name: string, envelope: Envelope, payloadType: string): unknown {
  if (envelope.payloadType !== payloadType) {
    throw new GovernanceError(
      'invalid_document',
      `${name}: expected a payload of type ${payloadType}, found ${envelope.payloadType}`,
      'Check that this is the right file.',
    );
  }
  try {
    return JSON.parse(payloadOf(envelope).toString('utf8')) as unknown;
  } catch (cause) {
    throw new GovernanceError('invalid_document', `${name}: its payload is not JSON`, 'Make it again.', {
      cause,
    });
  }
}
