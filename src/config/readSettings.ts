import type { z } from 'zod';
import type { ConfigProblem } from './configError.js';
import { withSecretFiles } from './secretFiles.js';

/**
 * Reads a process's own settings from its environment: secrets from their files, empty variables as unset, and every
 * variable of ours that nobody knows as a problem.
 *
 * @param options.secrets variables that `…_FILE` may give
 * @param options.ours which names are ours, so that one that the schema lacks is misspelt
 * @returns the settings, undefined where the schema refuses one, and all that is wrong with them
 */
export function readSettings<T extends z.ZodRawShape>(
  given: Readonly<Record<string, string | undefined>>,
  schema: z.ZodObject<T>,
  options: { readonly secrets: readonly string[]; readonly ours: RegExp },
): { readonly data: z.output<z.ZodObject<T>> | undefined; readonly problems: ConfigProblem[] } {
  const { secrets, ours } = options;
  const { env, problems: inFiles } = withSecretFiles(given, secrets);
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const known = new Set([...Object.keys(schema.shape), ...secrets.map((name) => `${name}_FILE`)]);
  const problems: ConfigProblem[] = [...inFiles];
  for (const name of Object.keys(set))
    if (ours.test(name) && !known.has(name))
      problems.push({ name, problem: 'is no setting; check its spelling' });
  const parsed = schema.safeParse(set);
  if (!parsed.success)
    for (const { path, message } of parsed.error.issues)
      problems.push({ name: path.join('.'), problem: message });
  return { data: parsed.data, problems };
}
