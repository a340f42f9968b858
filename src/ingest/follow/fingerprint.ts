import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Enough for Zeek's header, which holds the time of opening, and a first row. */
export const FINGERPRINT_BYTES = 2_048;

/** What a file begins with: it stays the same while a log grows, and through renaming and compressing. */
export interface Fingerprint {
  /** how many bytes, at most FINGERPRINT_BYTES: a young log has fewer */
  readonly bytes: number;
  readonly sha256: string;
}

export function fingerprintOf(beginning: Buffer): Fingerprint {
  const part = beginning.subarray(0, FINGERPRINT_BYTES);
  return { bytes: part.length, sha256: createHash('sha256').update(part).digest('hex') };
}

/** Whether a file that begins so is the one of the fingerprint, perhaps grown since. */
export function isSame({ bytes, sha256 }: Fingerprint, beginning: Buffer): boolean {
  return beginning.length >= bytes && fingerprintOf(beginning.subarray(0, bytes)).sha256 === sha256;
}

/** The first FINGERPRINT_BYTES of a file, or all of it. */
export async function readBeginning(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(FINGERPRINT_BYTES), 0, FINGERPRINT_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}
