import { z } from 'zod';
import { canonicalBytes } from '../../registry/digest.js';
import { checkDocument } from '../parseDocument.js';
import type { PolicyDigests } from '../policy/policyFiles.js';
import { type Envelope, unsignedEnvelope, validKeyIds } from '../signing/dsse.js';
import { payloadJson } from '../signing/statement.js';
import type { Root } from './root.js';

export const TRUST_PAYLOAD = 'application/vnd.ot-anomaly.trust+json';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** What the root says of the files in force: their digests, a version that rises, and an end. */
export const trustSchema = z.strictObject({
  kind: z.literal('ot-anomaly-trust'),
  version: z.number().int().min(1),
  expires: z.iso.datetime(),
  digests: z.strictObject({ ai_governance_policy: digest, retraining_policy: digest, approvers: digest }),
});

export type Trust = z.infer<typeof trustSchema>;

export function draftTrust(version: number, expires: string, digests: PolicyDigests): Envelope {
  const trust = { kind: 'ot-anomaly-trust', version, expires, digests };
  return unsignedEnvelope(TRUST_PAYLOAD, canonicalBytes(checkDocument('trust', trust, trustSchema)));
}

/** @throws {GovernanceError} invalid_document */
export function readTrust(name: string, envelope: Envelope): Trust {
  return checkDocument(name, payloadJson(name, envelope, TRUST_PAYLOAD), trustSchema);
}

/**
 * Why the files can't be relied on; empty if the root vouches for exactly them.
 *
 * @param seenVersion the highest version accepted so far: an older one, however well signed, is a replay
 */
export function trustProblems(
  root: Root,
  envelope: Envelope,
  digests: PolicyDigests,
  seenVersion: number,
  now: Date,
): readonly string[] {
  const trust = readTrust('trust', envelope);
  const signed = validKeyIds(envelope, root.keys).length;
  const names = ['ai_governance_policy', 'retraining_policy', 'approvers'] as const;
  return [
    ...(signed < root.threshold ? [`signed by ${signed} root keys, ${root.threshold} are needed`] : []),
    ...(now >= new Date(trust.expires)
      ? [`the signature over policies and approvers expired at ${trust.expires}`]
      : []),
    ...(now >= new Date(root.expires) ? [`the root expired at ${root.expires}`] : []),
    ...(trust.version < seenVersion
      ? [`version ${trust.version} is older than ${seenVersion}, which was in force`]
      : []),
    ...names.flatMap((name) =>
      trust.digests[name] === digests[name]
        ? []
        : [
            `${name} changed without a signature: signed ${trust.digests[name].slice(0, 12)}, found ${digests[name].slice(0, 12)}`,
          ],
    ),
  ];
}
