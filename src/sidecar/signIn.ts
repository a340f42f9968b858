import type { Client } from '@elastic/elasticsearch';
import type { Address, Credential } from '../config/connection.js';
import { createClient } from '../elasticsearch/client.js';
import { ElasticsearchError } from '../elasticsearch/errors.js';
import { type Principal, whoIs } from '../elasticsearch/principal.js';
import { sha256 } from '../registry/digest.js';
import type { LockOut } from './lockOut.js';

export type SignedIn =
  | { readonly ok: true; readonly principal: Principal; readonly client: Client }
  | {
      readonly ok: false;
      readonly status: 401 | 403 | 429;
      readonly message: string;
      readonly waitSeconds: number;
    };

export interface SignInOptions {
  readonly elasticsearch: Address;
  readonly namespace: string;
  readonly lockOut: LockOut;
}

/**
 * Asks Elasticsearch whose the credential is. The client that comes back holds it; the caller closes the client.
 *
 * @param address of the one who signs in
 * @throws {ElasticsearchError} if Elasticsearch is away
 */
export async function signIn(
  credential: Credential,
  address: string,
  { elasticsearch, namespace, lockOut }: SignInOptions,
): Promise<SignedIn> {
  const name = credential.kind === 'basic' ? credential.username : undefined;
  const from = credential.kind === 'basic' ? address : `${address} ${digestOf(credential)}`;
  const waitSeconds = lockOut.waitSeconds(name, from);
  if (waitSeconds > 0)
    return refused(
      429,
      `Too many failed attempts. Try again in ${Math.ceil(waitSeconds / 60)} minutes.`,
      waitSeconds,
    );
  lockOut.begin(name, from);
  const client = createClient({ ...elasticsearch, credential });
  try {
    const principal = await whoIs(client, namespace);
    lockOut.succeeded(name, from);
    return { ok: true, principal, client };
  } catch (error) {
    await client.close();
    const status = error instanceof ElasticsearchError ? error.status : undefined;
    if (status !== 401 && status !== 400) {
      lockOut.undo(name, from);
      throw error;
    }
    return refused(401, 'Elasticsearch does not know this name with this password, or this key.');
  }
}

/** Keys and tokens can't be guessed, so each counts for itself: one that has expired, asked again and again, closes no other. */
function digestOf(credential: Credential): string {
  return sha256(JSON.stringify(credential));
}

/** Why an account must not sit at the pages, though its password is right; undefined if it may. */
export function unfit({ mayRead, mayDecide, mayTamper }: Principal): string | undefined {
  if (mayTamper)
    return 'This account could change or delete alerts and decisions. Sign in with an account of the role ot_anomaly_analyst alone.';
  if (!mayRead || !mayDecide)
    return 'This account may not read alerts or write decisions. Ask for the role ot_anomaly_analyst.';
  return undefined;
}

/** The credential of an `Authorization` header; undefined if it holds none that could be anybody's. */
export function credentialOf(header: string | undefined): Credential | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +([\x21-\x7e]{1,8192})$/.exec(header ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'apikey':
      return { kind: 'apiKey', encoded: value };
    case 'bearer':
      return { kind: 'bearer', token: value };
    case 'basic': {
      const [, username, password] =
        /^([^:]+):(.+)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
      return username === undefined || password === undefined
        ? undefined
        : { kind: 'basic', username, password };
    }
    default:
      return undefined;
  }
}

function refused(status: 401 | 403 | 429, message: string, waitSeconds = 0): SignedIn {
  return { ok: false, status, message, waitSeconds };
}
