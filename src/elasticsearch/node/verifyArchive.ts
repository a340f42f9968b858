import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../errors.js';
import type { Archive } from './archive.js';
import { NodeError } from './nodeError.js';

/** Makes sure that the zip is, byte for byte, the one that was examined. @throws NodeError archive_invalid */
export async function verifyArchive(zip: string, archive: Archive): Promise<void> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(zip, { highWaterMark: 1 << 20 }), hash);
  } catch (cause) {
    throw invalid(zip, `it cannot be read: ${messageOf(cause)}`, cause);
  }
  const digest = hash.digest('hex');
  if (digest !== archive.sha256)
    throw invalid(zip, `SHA-256 ${archive.sha256} was expected, it has ${digest}`);
}

function invalid(zip: string, reason: string, cause?: unknown): NodeError {
  return new NodeError(
    'archive_invalid',
    `The archive ${zip} is not the expected one: ${reason}.`,
    'Delete that file and run this again, which downloads it anew.',
    { cause },
  );
}
