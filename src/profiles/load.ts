import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CORE_SCHEMA, load } from 'js-yaml';
import { packagePath } from '../config/packageRoot.js';
import { messageOf } from '../errors.js';
import { ProfileError } from './profileError.js';
import { type IndexProfile, PROFILE_MAX_BYTES, profileSchema } from './schema.js';

/** Our own streams. */
export const DEFAULT_PROFILE = 'ot_zeek';

const FOLDER = 'index-profiles';

/** The names of the profiles that ship. */
export function profileNames(): readonly string[] {
  return readdirSync(packagePath(FOLDER))
    .filter((file) => file.endsWith('.yml'))
    .map((file) => basename(file, '.yml'))
    .sort();
}

/**
 * Reads the profile that `nameOrFile` means: one that ships, by name, or a file of the site's own.
 *
 * @throws {ProfileError} not_found, invalid_profile
 */
export function loadProfile(nameOrFile: string = DEFAULT_PROFILE): IndexProfile {
  const shipped = profileNames().includes(nameOrFile);
  const path = shipped ? join(packagePath(FOLDER), `${nameOrFile}.yml`) : nameOrFile;
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new ProfileError(
      'not_found',
      `expected the name of a profile or the path of its file, found neither for ${nameOrFile}`,
      `Profiles that ship: ${profileNames().join(', ')}. docs/profiles.md says how to write one.`,
    );
  }
  if (statSync(path).size > PROFILE_MAX_BYTES) {
    throw new ProfileError(
      'invalid_profile',
      `${path}: expected at most ${PROFILE_MAX_BYTES} bytes, found ${statSync(path).size}`,
      'Check that this is the right file.',
    );
  }
  return parseProfile(path, readFileSync(path, 'utf8'));
}

/** @throws {ProfileError} invalid_profile, with every problem and its path */
export function parseProfile(name: string, text: string): IndexProfile {
  let content: unknown;
  try {
    content = load(text, { schema: CORE_SCHEMA, maxAliases: 0 });
  } catch (cause) {
    throw new ProfileError(
      'invalid_profile',
      `${name}: ${messageOf(cause)}`,
      'Correct the YAML; aliases (*name) and repeated keys are refused.',
      { cause },
    );
  }
  const parsed = profileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || '(whole file)'}: ${message}`,
  );
  throw new ProfileError(
    'invalid_profile',
    `${name}: ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}\n${problems.join('\n')}`,
    'Correct what is named above; docs/profiles.md lists the keys, index-profiles/ has examples.',
  );
}
