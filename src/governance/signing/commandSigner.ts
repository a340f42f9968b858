import { spawn } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { GovernanceError } from '../governanceError.js';
import { keyId } from '../policy/approvers.js';
import type { Signer } from './signer.js';

/** Ed25519. */
const SIGNATURE_BYTES = 64;
/** A person may have to touch a token or type a PIN. */
const TIMEOUT_MS = 120_000;
const ANSWER_MAX_BYTES = 4_096;

/**
 * Signs through a program, for keys on a token or HSM (PKCS#11): it gets the bytes to sign on its standard input and
 * answers with the signature in base64. It runs without a shell.
 *
 * @param command program and arguments
 * @param publicKey base64 of the SPKI DER form of the key that the program signs with
 */
export function commandSigner(command: readonly string[], publicKey: string): Signer {
  return {
    keyid: keyId(publicKey),
    publicKey,
    sign: async (bytes) => {
      const signature = Buffer.from((await run(command, bytes)).trim(), 'base64');
      const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' });
      if (signature.length === SIGNATURE_BYTES && verify(null, bytes, key, signature)) return signature;
      throw failed(
        command,
        `expected ${SIGNATURE_BYTES} bytes in base64 that verify with its public key, got ${signature.length} that don't`,
      );
    },
  };
}

async function run([program = '', ...args]: readonly string[], input: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], timeout: TIMEOUT_MS });
    let answer = '';
    child.stdout.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (answer.length > ANSWER_MAX_BYTES) child.kill();
    });
    child.stdin.on('error', () => {}); // it may end without reading; its exit code tells
    child.on('error', (cause) => reject(failed([program], cause.message, cause)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(answer);
      else reject(failed([program], `it ended with ${code === null ? signal : `exit code ${code}`}`));
    });
    child.stdin.end(input);
  });
}

function failed([program = '']: readonly string[], why: string, cause?: unknown): GovernanceError {
  return new GovernanceError(
    'signer_failed',
    `the signer ${program}: ${why}`,
    'It gets the bytes on standard input and must print the Ed25519 signature in base64; see docs/governance.md.',
    { cause },
  );
}
