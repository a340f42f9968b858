import { type Client, errors } from '@elastic/elasticsearch';
import type { Keys, PartKey } from '../config/keys.js';
import { explaining } from '../elasticsearch/errors.js';
import { MANAGED_BY, type Role } from './assets.js';
import { meta, metaDigest, type Step } from './install.js';

/** Keys live this long; set-up makes new ones from RENEW_BEFORE_DAYS on. */
export const KEY_LIFETIME_DAYS = 90;
const RENEW_BEFORE_DAYS = 14;
const DAY_MS = 86_400_000;

/** The part that a role serves, as it is named in the keys file: `ot_anomaly_scorer` → `scorer`. */
export function partOf(role: Role): string {
  return role.name.replace(/^ot_anomaly_/, '');
}

/** The source patterns that an earlier set-up gave a role; undefined if it is as its file has it. */
export async function installedSources(client: Client, role: Role): Promise<readonly string[] | undefined> {
  const found = await explaining(`looking at the role ${role.name}`, () =>
    client.security.getRole({ name: role.name }, { ignore: [404] }),
  );
  const sources: unknown = found[role.name]?.metadata?.['sources'];
  return Array.isArray(sources) ? sources.map(String) : undefined;
}

export async function ensureRole(client: Client, role: Role): Promise<Step> {
  return explaining(`installing the role ${role.name}`, async () => {
    const found = await client.security.getRole({ name: role.name }, { ignore: [404] });
    const installed = metaDigest(found[role.name]?.metadata);
    if (installed === role.sha256) return { what: 'role', name: role.name, change: 'unchanged' };
    await client.security.putRole({
      name: role.name,
      description: role.description,
      cluster: role.cluster,
      indices: role.indices,
      run_as: [],
      metadata: { ...meta(role.sha256), ...(role.sources === undefined ? {} : { sources: role.sources }) },
    });
    return { what: 'role', name: role.name, change: installed === undefined ? 'created' : 'updated' };
  });
}

export interface KeyOptions {
  /** made from scratch even where a valid key is at hand; the old ones are invalidated */
  readonly rotate: boolean;
  readonly now: Date;
  /** a fresh password that nobody keeps: only the key signs in afterwards */
  readonly newPassword: () => string;
}

/**
 * Makes sure that the part's native user exists and that `keys` holds a valid API key of that user.
 * A key that the cluster still knows and that doesn't expire soon is left alone, unless its role has changed: a key
 * holds what its owner could do when it was made, so the old one is invalidated then.
 */
export async function ensurePart(
  client: Client,
  role: Role,
  keys: Keys,
  options: KeyOptions,
  roleChanged: boolean,
): Promise<{ readonly steps: readonly Step[]; readonly key: PartKey }> {
  const existing = keys[partOf(role)];
  return explaining(`making the user and API key of ${role.name}`, async () => {
    const user = await client.security.getUser({ username: role.name }, { ignore: [404] });
    const known = user[role.name] !== undefined;
    if (
      known &&
      !options.rotate &&
      !roleChanged &&
      existing !== undefined &&
      (await isValid(client, existing, options.now))
    ) {
      return { steps: [step('user', role, 'unchanged'), step('API key', role, 'unchanged')], key: existing };
    }
    if (options.rotate) await client.security.invalidateApiKey({ username: role.name });
    else if (roleChanged && existing !== undefined)
      await client.security.invalidateApiKey({ ids: [existing.id] });
    const key = await makeKey(client, role, options.newPassword);
    return {
      steps: [
        step('user', role, known ? 'updated' : 'created'),
        step('API key', role, existing === undefined ? 'created' : 'updated'),
      ],
      key,
    };
  });
}

/** Another set-up at the same time gives the user another password, which then is not ours: once more. */
const ATTEMPTS = 5;

async function makeKey(client: Client, role: Role, newPassword: () => string): Promise<PartKey> {
  for (let attempt = 1; ; attempt += 1) {
    const password = newPassword();
    await client.security.putUser({
      username: role.name,
      password,
      roles: [role.name],
      full_name: `ot-anomaly-detector: ${partOf(role)}`,
      metadata: { managed_by: MANAGED_BY },
    });
    try {
      return await grantKey(client, role, password);
    } catch (error) {
      if (!isOvertaken(error) || attempt >= ATTEMPTS) throw error;
    }
  }
}

/** The password is no longer the user's: 401, or 403 where the grant was refused for it. Anything else is no race. */
function isOvertaken(error: unknown): boolean {
  if (!(error instanceof errors.ResponseError)) return false;
  return (
    error.statusCode === 401 ||
    (error.statusCode === 403 && /Failed to authenticate api key grant/.test(JSON.stringify(error.body)))
  );
}

/** The key belongs to the part's own user, whose name Elasticsearch stamps on what the part writes. */
async function grantKey(client: Client, role: Role, password: string): Promise<PartKey> {
  const granted = await client.security.grantApiKey({
    grant_type: 'password',
    username: role.name,
    password,
    // By default Elasticsearch waits for the next refresh instead, up to a second for each of the keys.
    refresh: true,
    api_key: { name: role.name, expiration: `${KEY_LIFETIME_DAYS}d`, metadata: { managed_by: MANAGED_BY } },
  });
  return {
    id: granted.id,
    encoded: granted.encoded,
    expires: new Date(granted.expiration ?? 0).toISOString(),
  };
}

async function isValid(client: Client, key: PartKey, now: Date): Promise<boolean> {
  if (Date.parse(key.expires) - now.getTime() < RENEW_BEFORE_DAYS * DAY_MS) return false;
  const found = await client.security.getApiKey({ id: key.id }, { ignore: [404] });
  return found.api_keys?.[0]?.invalidated === false;
}

function step(what: Step['what'], role: Role, change: Step['change']): Step {
  return { what, name: role.name, change };
}
