import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { OtAnomalyError } from '../../errors.js';
import { FINGERPRINT_BYTES } from './fingerprint.js';

/** The file that remembers how far following has come can't be used. */
export class FollowStateError extends OtAnomalyError {
  readonly code = 'follow_state';
}

const count = z.number().int().nonnegative();

/** How far a log has been read and written. */
const remembered = z.strictObject({
  /** device and inode, `-` once the file is known by its beginning only */
  file: z.string().max(64),
  path: z.string().max(4_096),
  fingerprint: z.strictObject({
    bytes: count.max(FINGERPRINT_BYTES),
    sha256: z.string().regex(/^[\da-f]{64}$/),
  }),
  /** bytes up to the end of the last line that was written; 0 of a compressed log, which is read as a whole */
  offset: count,
  /** lines up to there */
  lines: count,
  /** the header in force there */
  header: z.array(z.string().max(65_536)).max(64),
  /** seconds since the epoch at which the file was last there */
  seen: z.number(),
});
export type Remembered = z.infer<typeof remembered>;

const stateSchema = z.strictObject({ version: z.literal(1), files: z.array(remembered) });

/** @throws {FollowStateError} when there is one and it isn't what was written */
export async function readFollowState(path: string): Promise<readonly Remembered[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw unusable(path, cause);
  }
  try {
    return stateSchema.parse(JSON.parse(text)).files;
  } catch (cause) {
    throw unusable(path, cause);
  }
}

/** Replaces the file as a whole: after a crash at any moment it holds the old state or the new one. */
export async function writeFollowState(path: string, files: readonly Remembered[]): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(`${path}.partial`, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ version: 1, files })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.partial`, path);
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function unusable(path: string, cause: unknown): FollowStateError {
  return new FollowStateError(
    `${path} can't be used (${cause instanceof Error ? cause.message.slice(0, 500) : String(cause)})`,
    'Give a folder of your own with --state. If the file is damaged, remove it: all logs are read again, and no row is doubled.',
    { cause },
  );
}
