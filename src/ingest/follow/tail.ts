import { type FileHandle, open } from 'node:fs/promises';
import { KEPT_BYTES, MAX_LINE_BYTES } from '../../zeek/lines.js';
import { type Fingerprint, fingerprintOf, isSame, readBeginning } from './fingerprint.js';
import type { Remembered } from './followState.js';
import { type Fed, type FeedOptions, RowFeed } from './rowFeed.js';

/** Read of one log before the others have their turn. */
const CHUNK_BYTES = 4_194_304;
/** Read again before the place where reading goes on, to count identical rows on: Zeek's are neighbours. */
const REREAD_BYTES = 262_144;

/** A place in a log. */
export type Place = Pick<Remembered, 'offset' | 'lines' | 'header'>;

export const BEGINNING: Place = { offset: 0, lines: 0, header: [] };

/**
 * One open log. It is held open, so that what is written before and after a renaming or removal is still read.
 * `read` moves on; `commit` makes the place the one to come back to, `rollback` goes back to it.
 */
export class Tail {
  readonly file: FileHandle;
  readonly identity: string;
  path: string;
  /** whether the last read left something for the next one */
  hasMore = false;
  /** seconds since the epoch at which it was last found under a name */
  seen: number;
  fingerprint: Fingerprint;
  /** seconds since the epoch at which it last grew, as far as this process saw */
  grew: number;
  /** what it held before it was cut and begun anew, since last asked */
  superseded: { readonly fingerprint: Fingerprint; readonly place: Place } | undefined;
  readonly #options: FeedOptions;
  #modified = Number.NaN;
  #committed: Place;
  #place: Place;
  #feed: RowFeed | undefined;
  #skipping = false;

  private constructor(
    file: FileHandle,
    identity: string,
    options: FeedOptions,
    fingerprint: Fingerprint,
    place: Place,
    now: number,
  ) {
    this.file = file;
    this.identity = identity;
    this.path = options.path;
    this.seen = now;
    this.grew = now;
    this.fingerprint = fingerprint;
    this.#options = options;
    this.#committed = place;
    this.#place = place;
  }

  /** @param find the place that is remembered of a file that begins so */
  static async open(
    identity: string,
    options: FeedOptions,
    find: (beginning: Buffer) => Place | undefined,
    now: number,
  ): Promise<Tail> {
    const file = await open(options.path, 'r');
    const beginning = await readBeginning(file);
    const place = find(beginning);
    // A compressed log's place says its lines only: such a file is read from its beginning.
    const from = place === undefined || place.offset === 0 ? BEGINNING : place;
    return new Tail(file, identity, options, fingerprintOf(beginning), from, now);
  }

  get committed(): Place {
    return this.#committed;
  }

  /** How far it has been read and written, to be kept. */
  remembered(): Remembered {
    const { identity: file, path, fingerprint, seen } = this;
    return { file, path, fingerprint, seen, ...this.#committed };
  }

  /**
   * The next complete lines as documents; none when there is nothing new. A last line without its line break waits,
   * unless the log is `closed`: then it counts.
   *
   * @throws {ZeekLogError} a log that nobody knows
   */
  async read(closed: boolean, now: number): Promise<readonly Fed[]> {
    const { size, mtimeMs } = await this.file.stat();
    if (size === this.#place.offset && mtimeMs === this.#modified) return [];
    if (mtimeMs !== this.#modified) this.grew = now;
    this.#modified = mtimeMs;
    const beginning = await readBeginning(this.file);
    if (size < this.#place.offset || !isSame(this.fingerprint, beginning)) this.#startAnew();
    this.fingerprint = fingerprintOf(beginning);
    if (size === this.#place.offset) return [];
    this.#feed ??= await this.#takeUp();
    const { offset } = this.#place;
    const { buffer, bytesRead } = await this.file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
    this.hasMore = bytesRead === CHUNK_BYTES;
    return this.#consume(buffer.subarray(0, bytesRead), closed && !this.hasMore, this.#feed);
  }

  commit(): void {
    this.#committed = this.#place;
  }

  rollback(): void {
    this.#place = this.#committed;
    this.#feed = undefined;
    this.#skipping = false;
  }

  /** What it held before is gone: there is nothing to go back to. */
  #startAnew(): void {
    this.superseded = { fingerprint: this.fingerprint, place: this.#committed };
    this.#committed = this.#place = BEGINNING;
    this.#feed = undefined;
    this.#skipping = false;
  }

  #consume(chunk: Buffer, isLast: boolean, feed: RowFeed): readonly Fed[] {
    const fed: Fed[] = [];
    let from = 0;
    let lines = 0;
    const take = (to: number, next: number) => {
      const bytes = to - from;
      const tooLong = bytes > MAX_LINE_BYTES;
      const text = chunk.subarray(from, tooLong ? from + KEPT_BYTES : to).toString('utf8');
      const row = this.#skipping ? undefined : feed.feed({ text: text.replace(/\r$/, ''), bytes, tooLong });
      if (row !== undefined) fed.push(row);
      this.#skipping = false;
      from = next;
      lines += 1;
    };
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) take(end, end + 1);
    if (isLast && from < chunk.length) take(chunk.length, chunk.length);
    if (from === 0 && chunk.length === CHUNK_BYTES) {
      // One line fills the chunk: its beginning is kept as a failure, the rest is passed over.
      take(chunk.length, chunk.length);
      lines -= 1;
      this.#skipping = true;
    }
    const { offset, lines: before } = this.#place;
    this.#place = { offset: offset + from, lines: before + lines, header: [...feed.header] };
    return fed;
  }

  /** A feed that knows the header, and the rows just before the place. */
  async #takeUp(): Promise<RowFeed> {
    const feed = new RowFeed(this.#options);
    const { offset, header } = this.#place;
    if (offset === 0) return feed;
    for (const text of header) feed.feed({ text, bytes: text.length, tooLong: false });
    const start = Math.max(0, offset - REREAD_BYTES);
    const { buffer, bytesRead } = await this.file.read(
      Buffer.alloc(offset - start),
      0,
      offset - start,
      start,
    );
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
    for (const text of start === 0 ? lines : lines.slice(1))
      if (text !== '' && !text.startsWith('#'))
        feed.feed({ text: text.replace(/\r$/, ''), bytes: text.length, tooLong: false });
    return feed;
  }
}
