import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** More than any model, statement or policy has. */
const BYTES_AT_MOST = 512 * 1024 * 1024;

/**
 * Reads a file of a folder that others may write to: a pipe in its place would hold up whoever reads it for good, and with it
 * the scorer.
 *
 * @throws Error for what is no regular file, too large, or can't be read
 */
export function readRegularFile(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw new Error(`${path} is no regular file`);
    if (found.size > BYTES_AT_MOST)
      throw new Error(`${path} has ${found.size} bytes, at most ${BYTES_AT_MOST}`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
