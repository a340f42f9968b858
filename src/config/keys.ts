import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from './configError.js';

/** An API key of one part, as set-up wrote it. */
const partKey = z.strictObject({
  id: z.string(),
  /** base64 of `id:key`, the form the Authorization header carries */
  encoded: z.string(),
  /** ISO 8601 */
  expires: z.string(),
});
const keysFile = z.strictObject({ version: z.literal(1), keys: z.record(z.string(), partKey) });

export type PartKey = z.infer<typeof partKey>;
export type Keys = Readonly<Record<string, PartKey>>;

/** `OT_ANOMALY_KEYS_FILE`, else `ot-anomaly/keys.json` in the user's configuration folder. */
export function keysPath(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['OT_ANOMALY_KEYS_FILE'];
  if (named !== undefined && named !== '') return named;
  const base = env['XDG_CONFIG_HOME'];
  return join(
    base !== undefined && base !== '' ? base : join(homedir(), '.config'),
    'ot-anomaly',
    'keys.json',
  );
}

/**
 * Reads the keys; an absent file holds none.
 *
 * @throws {ConfigError} if the file is not what set-up writes, or others than its owner may read it
 */
export function readKeys(path: string): Keys {
  if (!existsSync(path)) return {};
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new ConfigError(
      [{ name: path, problem: 'others than its owner may read it; expected mode 0600' }],
      `Run "chmod 600 ${path}"; if others may have read it, run "ot-anomaly setup --rotate-keys" too.`,
    );
  }
  const parsed = keysFile.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => ({
        name: `${path} ${issue.path.join('.')}`.trim(),
        problem: issue.message,
      })),
      'Move the file away and run "ot-anomaly setup": it writes a new one.',
    );
  }
  return parsed.data.keys;
}

/** Finds a part's key in the keys file, for `connectionFor`. The file is read only when asked. */
export function keyReader(
  env: Readonly<Record<string, string | undefined>>,
): (part: string) => string | undefined {
  return (part) => readKeys(keysPath(env))[part]?.encoded;
}

/** Writes the keys with mode 0600, whole or not at all. */
export function writeKeys(path: string, keys: Keys): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  writeFileSync(temporary, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
