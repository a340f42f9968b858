import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../errors.js';
import { ZeekLogError } from '../zeek/errors.js';
import { type Line, splitLines } from '../zeek/lines.js';

/** Bytes read at once: large enough that a file of a gigabyte costs few calls. */
const CHUNK_BYTES = 262_144;

const GZIP_MAGIC = Buffer.of(0x1f, 0x8b);

/** How far reading has come, in bytes of the file as it lies on the disk. */
export type OnBytes = (read: number, total: number) => void;

/**
 * Reads the lines of a log, plain or gzip (told apart by its first bytes, not its name), with bounded memory.
 * The last line of a damaged file is left out: where it ends is unknown.
 *
 * @throws {ZeekLogError} `unreadable`, `damaged_gzip`
 */
export async function* readLogFile(path: string, onBytes: OnBytes): AsyncGenerator<Line> {
  const file = await openLog(path);
  try {
    const total = (await file.stat()).size;
    const compressed = await isGzip(file);
    const bytes = countBytes(file, total, onBytes);
    yield* splitLines(compressed ? gunzip(bytes) : bytes);
  } catch (error) {
    throw error instanceof ZeekLogError ? error : unreadable(path, error);
  } finally {
    await file.close();
  }
}

async function openLog(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function isGzip(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer.equals(GZIP_MAGIC);
}

async function* countBytes(file: FileHandle, total: number, onBytes: OnBytes): AsyncGenerator<Buffer> {
  let read = 0;
  const stream = file.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    read += chunk.length;
    onBytes(read, total);
    yield chunk;
  }
}

async function* gunzip(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  const packing = pipeline(bytes, unpacked).catch((error: unknown) => error);
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (isZlibError(error)) throw damaged(error);
    throw error;
  } finally {
    unpacked.destroy();
    await packing;
  }
}

function isZlibError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

function damaged(cause: NodeJS.ErrnoException): ZeekLogError {
  const cut = cause.code === 'Z_BUF_ERROR';
  return new ZeekLogError(
    'damaged_gzip',
    cut ? 'the compressed file ends in the middle' : `the compressed file is damaged (${cause.message})`,
    'Copy it again from the sensor (perhaps it was still being written), then run the same command: rows that were read are not doubled.',
    { cause },
  );
}

function unreadable(path: string, cause: unknown): ZeekLogError {
  const reason = messageOf(cause);
  return new ZeekLogError(
    'unreadable',
    `${path} can't be read (${reason})`,
    'Give the path of a log file that this user may read.',
    { cause },
  );
}
