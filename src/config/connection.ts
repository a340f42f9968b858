import { z } from 'zod';
import { ConfigError, type ConfigProblem } from './configError.js';
import { withSecretFiles } from './secretFiles.js';

/** How this process signs in to Elasticsearch. */
export type Credential =
  | { readonly kind: 'apiKey'; readonly encoded: string }
  /** a token of the site's own identity provider, where Elasticsearch has a JWT realm for it */
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string };

/** Where Elasticsearch is. */
export interface Address {
  /** Without user name, password or trailing slash. */
  readonly url: string;
  /** PEM file of the certificate authority that signed the server's certificate. */
  readonly caFile?: string;
}

/** Where Elasticsearch is and how to sign in to it. */
export interface Connection extends Address {
  readonly credential: Credential;
}

const printable = /^[\x21-\x7e]+$/;

/** What may be set of the connection to Elasticsearch; docs/operations.md lists it. */
export const CONNECTION_VARIABLES = z.object({
  ES_URL: z
    .string({ error: 'is not set; expected the address of Elasticsearch, such as https://localhost:9200' })
    .refine((text) => isHttpUrl(text), 'expected an http:// or https:// address')
    .refine(
      (text) => !hasUserInfo(text),
      'must not carry a user name or password; use ES_API_KEY, or ES_USERNAME and ES_PASSWORD',
    ),
  ES_API_KEY: z
    .string()
    .regex(printable, 'holds white space or a control character; expected the "encoded" key')
    .optional(),
  ES_USERNAME: z.string().optional(),
  ES_PASSWORD: z.string().optional(),
  ES_CA_FILE: z.string().optional(),
});

/**
 * Reads ES_URL, ES_API_KEY, ES_USERNAME, ES_PASSWORD and ES_CA_FILE; an empty variable counts as unset. The key and
 * the password may stand in files, which ES_API_KEY_FILE and ES_PASSWORD_FILE name.
 *
 * The credential is the first of: ES_API_KEY, ES_USERNAME with ES_PASSWORD, `readKey(part)` (the keys file that
 * set-up wrote). An API key may be the encoded form or `id:key`.
 *
 * @param part which part of the system signs in, such as `ingest` or `scorer`: it has a key of its own
 * @throws {ConfigError} naming every problem at once
 */
export function connectionFor(
  given: Readonly<Record<string, string | undefined>>,
  part: string,
  readKey: (part: string) => string | undefined = () => undefined,
): Connection {
  const { env, problems: inFiles } = withSecretFiles(given, ['ES_API_KEY', 'ES_PASSWORD']);
  const parsed = CONNECTION_VARIABLES.safeParse(withoutEmpty(env));
  const problems: ConfigProblem[] = [...inFiles];
  if (!parsed.success)
    for (const { path, message } of parsed.error.issues)
      problems.push({ name: path.join('.'), problem: message });
  const { ES_API_KEY, ES_USERNAME, ES_PASSWORD } = withoutEmpty(env);
  if (
    inFiles.length === 0 &&
    ES_API_KEY === undefined &&
    (ES_USERNAME === undefined) !== (ES_PASSWORD === undefined)
  ) {
    const missing = ES_USERNAME === undefined ? 'ES_USERNAME' : 'ES_PASSWORD';
    problems.push({ name: missing, problem: 'is not set, but the other half of the sign-in is' });
  }
  const credential = findCredential(withoutEmpty(env), part, readKey);
  if (credential === undefined && !problems.some(({ name }) => name !== 'ES_URL'))
    problems.push({
      name: 'ES_API_KEY',
      problem: `is not set, nor ES_USERNAME and ES_PASSWORD, and no key for "${part}" was written by set-up`,
    });
  if (!parsed.success || credential === undefined || problems.length > 0)
    throw new ConfigError(
      problems,
      'Set the variables named above, or run "ot-anomaly setup" first: it writes a key for each part.',
    );
  return Object.freeze({ ...addressIn(parsed.data), credential: Object.freeze(credential) });
}

/**
 * Reads ES_URL and ES_CA_FILE alone, for a server that signs in with the credentials of others.
 *
 * @throws {ConfigError} naming every problem at once
 */
export function addressOf(env: Readonly<Record<string, string | undefined>>): Address {
  const parsed = CONNECTION_VARIABLES.pick({ ES_URL: true, ES_CA_FILE: true }).safeParse(withoutEmpty(env));
  if (parsed.success) return Object.freeze(addressIn(parsed.data));
  throw new ConfigError(
    parsed.error.issues.map(({ path, message }) => ({ name: path.join('.'), problem: message })),
    'Set the variables named above.',
  );
}

function addressIn({
  ES_URL,
  ES_CA_FILE,
}: {
  readonly ES_URL: string;
  readonly ES_CA_FILE?: string | undefined;
}): Address {
  return { url: ES_URL.replace(/\/+$/, ''), ...(ES_CA_FILE === undefined ? {} : { caFile: ES_CA_FILE }) };
}

function findCredential(
  env: Readonly<Record<string, string>>,
  part: string,
  readKey: (part: string) => string | undefined,
): Credential | undefined {
  const { ES_API_KEY, ES_USERNAME, ES_PASSWORD } = env;
  if (ES_API_KEY !== undefined) return { kind: 'apiKey', encoded: encodeApiKey(ES_API_KEY) };
  if (ES_USERNAME !== undefined && ES_PASSWORD !== undefined)
    return { kind: 'basic', username: ES_USERNAME, password: ES_PASSWORD };
  if (ES_USERNAME !== undefined || ES_PASSWORD !== undefined) return undefined;
  const key = readKey(part);
  return key === undefined ? undefined : { kind: 'apiKey', encoded: encodeApiKey(key) };
}

/** `id:key`, as the API shows the two halves, becomes the one encoded string that the header carries. */
function encodeApiKey(key: string): string {
  return key.includes(':') ? Buffer.from(key, 'utf8').toString('base64') : key;
}

function withoutEmpty(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && value.trim() !== '') set[name] = value;
  return set;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function hasUserInfo(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username !== '' || password !== '';
}
