import { CORE_SCHEMA, load } from 'js-yaml';
import type { z } from 'zod';
import { messageOf } from '../errors.js';
import { GovernanceError } from './governanceError.js';

/** Files that people sign are small; anything above this is not one of them. */
export const DOCUMENT_MAX_BYTES = 1024 * 1024;

/**
 * Reads YAML into a schema's type. Aliases are refused (what is signed should read as it means, and a few lines of
 * them unfold into gigabytes), so are duplicate keys; dates stay text.
 *
 * @throws {GovernanceError} invalid_document, naming every problem with its path
 */
export function parseYaml<T>(name: string, text: string, schema: z.ZodType<T>): T {
  return parseAs(name, text, schema, (bounded) => load(bounded, { schema: CORE_SCHEMA, maxAliases: 0 }));
}

/** @throws {GovernanceError} invalid_document, naming every problem with its path */
export function parseJson<T>(name: string, text: string, schema: z.ZodType<T>): T {
  return parseAs(name, text, schema, (bounded) => JSON.parse(bounded) as unknown);
}

/** @throws {GovernanceError} invalid_document, naming every problem with its path */
export function checkDocument<T>(name: string, value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || '(whole file)'}: ${message}`,
  );
  throw new GovernanceError(
    'invalid_document',
    `${name}: ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}\n${problems.join('\n')}`,
    'Correct what is named above; docs/governance.md lists the keys.',
  );
}

function parseAs<T>(name: string, text: string, schema: z.ZodType<T>, read: (text: string) => unknown): T {
  if (Buffer.byteLength(text) > DOCUMENT_MAX_BYTES) {
    throw new GovernanceError(
      'invalid_document',
      `${name}: expected at most ${DOCUMENT_MAX_BYTES} bytes, found ${Buffer.byteLength(text)}`,
      'Check that this is the right file.',
    );
  }
  let content: unknown;
  try {
    content = read(text);
  } catch (cause) {
    throw new GovernanceError(
      'invalid_document',
      `${name}: ${messageOf(cause)}`,
      'Correct the file; aliases (*name) and repeated keys are refused.',
      { cause },
    );
  }
  return checkDocument(name, content, schema);
}
