import { z } from 'zod';
import { canonicalBytes } from '../digest.js';

/**
 * An entry of the bucket's log: which files of the registry hold what from now on. Entries are numbered from 1, each
 * names the one before, and a number can be written once only: so two writers can't undo one another.
 */
export interface Entry {
  readonly number: number;
  /** SHA-256 of the bytes of the entry before; of the first one, zeros */
  readonly previous: string;
  readonly files: Readonly<Record<string, FileContent>>;
}

export interface FileContent {
  readonly sha256: string;
  /** length in bytes */
  readonly bytes: number;
}

export const FIRST_PREVIOUS = '0'.repeat(64);
/** An entry speaks of a model's folder or of one file: some kilobytes. */
export const MAX_ENTRY_BYTES = 1024 * 1024;
/** A model of a large plant has some 50 MB. */
export const MAX_FILE_BYTES = 512 * 1024 * 1024;
const MAX_FILES = 1_000;
const MAX_NUMBER = 10 ** 12 - 1;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
/**
 * Exactly the registry's layout: a folder that it has, and a plain name in it. So no name leads out of the folder, hides
 * in it, or replaces anything else.
 */
const path = z
  .string()
  .regex(/^(?:trust|deployments|requests\/[0-9a-f]{64}|[0-9a-f]{64})\/[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
const entrySchema = z.strictObject({
  version: z.literal(1),
  number: z.number().int().min(1).max(MAX_NUMBER),
  previous: digest,
  files: z
    .record(path, z.strictObject({ sha256: digest, bytes: z.number().int().min(0).max(MAX_FILE_BYTES) }))
    .refine((files) => Object.keys(files).length <= MAX_FILES),
});

export function isRegistryPath(text: string): boolean {
  return path.safeParse(text).success;
}

export function entryBytes(entry: Entry): Buffer {
  return canonicalBytes({ version: 1, ...entry });
}

/** @returns undefined for bytes that are no entry: whoever may write to the bucket may write anything */
export function parseEntry(bytes: Uint8Array): Entry | undefined {
  try {
    const parsed = entrySchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    if (!parsed.success) return undefined;
    const { number, previous, files } = parsed.data;
    return { number, previous, files };
  } catch {
    return undefined;
  }
}

export function entryName(number: number): string {
  return `${String(number).padStart(12, '0')}.json`;
}

/** @returns undefined for a name that no entry has */
export function entryNumber(name: string): number | undefined {
  return /^\d{12}\.json$/.test(name) ? Number(name.slice(0, 12)) : undefined;
}
