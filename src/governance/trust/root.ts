import { z } from 'zod';
import { canonicalBytes } from '../../registry/digest.js';
import { checkDocument } from '../parseDocument.js';
import { type Envelope, payloadOf, unsignedEnvelope, validKeyIds } from '../signing/dsse.js';
import { payloadJson } from '../signing/statement.js';

export const ROOT_PAYLOAD = 'application/vnd.ot-anomaly.root+json';

/** The keys above all others. They sign seldom and are kept offline; the idea is TUF's root role. */
export const rootSchema = z
  .strictObject({
    kind: z.literal('ot-anomaly-root'),
    /** rises by one with each change of keys */
    version: z.number().int().min(1),
    expires: z.iso.datetime(),
    /** how many of the keys must sign */
    threshold: z.number().int().min(1),
    /** base64 of SPKI DER */
    keys: z.array(z.string().min(1)).min(1).max(20),
  })
  .refine(({ threshold, keys }) => threshold <= new Set(keys).size, {
    path: ['threshold'],
    message: 'expected no more than there are different keys',
  });

export type Root = z.infer<typeof rootSchema>;

/** A draft to be signed by `threshold` of its own keys and, in a rotation, of the previous root's. */
export function draftRoot(root: Root): Envelope {
  return unsignedEnvelope(ROOT_PAYLOAD, canonicalBytes(checkDocument('root', root, rootSchema)));
}

/** @throws {GovernanceError} invalid_document */
export function readRoot(name: string, envelope: Envelope): Root {
  return checkDocument(name, payloadJson(name, envelope, ROOT_PAYLOAD), rootSchema);
}

/** Why this root can't be pinned or relied on; empty if it can. Expiry is asked of `now`. */
export function rootProblems(envelope: Envelope, now: Date): readonly string[] {
  const root = readRoot('root', envelope);
  const signed = validKeyIds(envelope, root.keys).length;
  return [
    ...(signed < root.threshold ? [`signed by ${signed} of its own keys, ${root.threshold} are needed`] : []),
    ...(now >= new Date(root.expires) ? [`expired at ${root.expires}`] : []),
    ...(Buffer.compare(canonicalBytes(root), payloadOf(envelope)) === 0
      ? []
      : ['its bytes are not canonical']),
  ];
}

/** Why `next` may not take the place of `pinned`: it must be the next version, signed by both sets of keys. */
export function rotationProblems(pinned: Root, next: Envelope, now: Date): readonly string[] {
  const root = readRoot('root', next);
  const byOld = validKeyIds(next, pinned.keys).length;
  return [
    ...(root.version === pinned.version + 1
      ? []
      : [`expected version ${pinned.version + 1}, found ${root.version}`]),
    ...(byOld < pinned.threshold
      ? [`signed by ${byOld} keys of the pinned root, ${pinned.threshold} are needed`]
      : []),
    ...rootProblems(next, now),
  ];
}
