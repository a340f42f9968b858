import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';
import { keyId } from '../policy/approvers.js';
import type { Signer } from './signer.js';

const base64 = z.base64().max(1_400_000);

/** A DSSE envelope: https://github.com/secure-systems-lab/dsse/blob/master/envelope.md */
export const envelopeSchema = z.strictObject({
  payload: base64,
  payloadType: z.string().min(1).max(200),
  signatures: z.array(z.strictObject({ keyid: z.string().regex(/^[0-9a-f]{64}$/), sig: base64 })).max(50),
});

export type Envelope = z.infer<typeof envelopeSchema>;

/** The bytes that are signed, "pre-authentication encoding": `DSSEv1 <length> <type> <length> <body>`. */
export function preAuthEncoding(payloadType: string, body: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${body.byteLength} `;
  return Buffer.concat([Buffer.from(head, 'utf8'), body]);
}

/** An envelope around `body` without a signature yet. */
export function unsignedEnvelope(payloadType: string, body: Uint8Array): Envelope {
  return { payload: Buffer.from(body).toString('base64'), payloadType, signatures: [] };
}

/** The envelope with one more signature; a second one by the same key replaces the first. */
export async function addSignature(envelope: Envelope, signer: Signer): Promise<Envelope> {
  const signature = await signer.sign(preAuthEncoding(envelope.payloadType, payloadOf(envelope)));
  const others = envelope.signatures.filter(({ keyid }) => keyid !== signer.keyid);
  return { ...envelope, signatures: [...others, { keyid: signer.keyid, sig: signature.toString('base64') }] };
}

export function payloadOf(envelope: Envelope): Buffer {
  return Buffer.from(envelope.payload, 'base64');
}

/**
 * Which of the public keys (base64 SPKI) made a valid signature over the envelope, each counted once. The keyid in
 * the envelope is a hint only: a key is found by its own digest.
 *
 * @returns keyids, in the order of `publicKeys`
 */
export function validKeyIds(envelope: Envelope, publicKeys: readonly string[]): readonly string[] {
  const signed = preAuthEncoding(envelope.payloadType, payloadOf(envelope));
  return [...new Set(publicKeys)].flatMap((publicKey) => {
    const keyid = keyId(publicKey);
    const valid = envelope.signatures.some(
      (signature) =>
        signature.keyid === keyid && isValid(publicKey, signed, Buffer.from(signature.sig, 'base64')),
    );
    return valid ? [keyid] : [];
  });
}

function isValid(publicKey: string, signed: Buffer, signature: Buffer): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' });
  return verify(null, signed, key, signature);
}
