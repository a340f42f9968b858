import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { messageOf } from '../../errors.js';
import { GovernanceError } from '../governanceError.js';
import { keyId } from '../policy/approvers.js';
import type { Signer } from './signer.js';

/**
 * Makes an Ed25519 key: the private half to `path` (PEM, PKCS#8, mode 0600, encrypted if there is a passphrase).
 *
 * @returns the public half: base64 of its SPKI DER form, as approvers.yaml wants it
 * @throws {GovernanceError} invalid_key if the file exists: no key is ever overwritten
 */
export function newKeyFile(path: string, passphrase?: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
  });
  try {
    writeFileSync(path, pem, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new GovernanceError('invalid_key', `${path} can't be made`, 'Give a path where no file is yet.', {
      cause,
    });
  }
  return publicBase64(publicKey);
}

/**
 * Opens a key file for signing.
 *
 * @throws {GovernanceError} invalid_key: not an Ed25519 key, wrong passphrase, or readable by others
 */
export function openKeyFile(path: string, passphrase?: string): Signer {
  return signerWith(readPrivateKey(path, passphrase));
}

/** A signer over a private key in memory. */
export function signerWith(key: KeyObject): Signer {
  const publicKey = publicBase64(createPublicKey(key));
  return { keyid: keyId(publicKey), publicKey, sign: async (bytes) => sign(null, bytes, key) };
}

function readPrivateKey(path: string, passphrase: string | undefined): KeyObject {
  let key: KeyObject;
  try {
    if ((statSync(path).mode & 0o077) !== 0) throw new Error('others than its owner may read it');
    key = createPrivateKey({ key: readFileSync(path), ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    const why = messageOf(cause);
    throw new GovernanceError(
      'invalid_key',
      `${path}: not a usable private key (${why})`,
      'Expected PKCS#8 PEM with mode 0600, as "ot-anomaly key new" makes it; its passphrase in OT_ANOMALY_KEY_PASSPHRASE.',
      { cause },
    );
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new GovernanceError(
      'invalid_key',
      `${path}: expected an Ed25519 key, found ${key.asymmetricKeyType}`,
      'Make one with "ot-anomaly key new".',
    );
  }
  return key;
}

function publicBase64(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}
