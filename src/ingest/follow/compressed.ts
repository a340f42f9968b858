import { open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import type { Line } from '../../zeek/lines.js';
import { readLogFile } from '../readLogFile.js';
import { FINGERPRINT_BYTES } from './fingerprint.js';
import { type Fed, type FeedOptions, RowFeed } from './rowFeed.js';
import type { Place } from './tail.js';

/** Lines before a place that are read again, to count identical rows on: Zeek's are neighbours. */
const REREAD_LINES = 1_000;
/** Holds FINGERPRINT_BYTES of text however badly it compresses. */
const BEGINNING_BYTES = 16_384;

/** What a compressed log begins with as text; undefined if the file isn't compressed, or is still too short. */
export async function readCompressedBeginning(path: string): Promise<Buffer | undefined> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
    if (bytesRead < 2 || buffer[0] !== 0x1f || buffer[1] !== 0x8b) return undefined;
    const text = gunzipSync(buffer.subarray(0, bytesRead), { finishFlush: constants.Z_SYNC_FLUSH });
    return text.subarray(0, FINGERPRINT_BYTES);
  } catch {
    return undefined; // cut in the middle: tried again when it has grown
  } finally {
    await file.close();
  }
}

/**
 * Reads a compressed log from a place on; where that place is its end, nothing comes.
 *
 * @throws {ZeekLogError} `damaged_gzip` while it is still being written; a log that nobody knows
 */
export async function* readCompressed(
  options: FeedOptions,
  { lines, header }: Place,
  onLine: (line: number) => void,
): AsyncGenerator<Fed> {
  const feed = new RowFeed(options);
  const texts = header.map((text): Omit<Line, 'number'> => ({ text, bytes: text.length, tooLong: false }));
  for (const line of lines > REREAD_LINES ? texts : []) feed.feed(line);
  for await (const line of readLogFile(options.path, () => undefined)) {
    onLine(line.number);
    if (line.number <= lines - REREAD_LINES) continue;
    const fed = feed.feed(line);
    if (line.number > lines && fed !== undefined) yield fed;
  }
}
