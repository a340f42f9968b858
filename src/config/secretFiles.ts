import { readFileSync, statSync } from 'node:fs';
import { messageOf } from '../errors.js';
import type { ConfigProblem } from './configError.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** No key, password or token is longer. */
const SECRET_MAX_BYTES = 65_536;

/**
 * Secrets may come from files, so that they stand in no process's environment: `NAME_FILE` names the file that holds
 * what `NAME` would. White space around it doesn't count.
 *
 * @param names of the variables that may be given so
 * @returns the environment with the files' contents in place, and what is wrong with it
 */
export function withSecretFiles(
  env: Environment,
  names: readonly string[],
): { readonly env: Environment; readonly problems: readonly ConfigProblem[] } {
  const found: Record<string, string | undefined> = { ...env };
  const problems: ConfigProblem[] = [];
  for (const name of names) {
    const path = env[`${name}_FILE`]?.trim();
    if (path === undefined || path === '') continue;
    if ((env[name] ?? '').trim() !== '') {
      problems.push({ name: `${name}_FILE`, problem: `is set, and so is ${name}; expected one of the two` });
      continue;
    }
    const secret = readSecret(path);
    if (typeof secret === 'string') found[name] = secret;
    else problems.push({ name: `${name}_FILE`, problem: secret.problem });
  }
  return { env: found, problems };
}

function readSecret(path: string): string | { readonly problem: string } {
  try {
    const { size } = statSync(path);
    if (size > SECRET_MAX_BYTES)
      return { problem: `names ${path}, which has ${size} bytes; expected at most ${SECRET_MAX_BYTES}` };
    const secret = readFileSync(path, 'utf8').trim();
    return secret === '' ? { problem: `names ${path}, which is empty` } : secret;
  } catch (error) {
    return { problem: `names ${path}, which can't be read (${messageOf(error)})` };
  }
}
