import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import { isPassing } from '../elasticsearch/bulkCreate.js';
import { readCompressed, readCompressedBeginning } from '../ingest/follow/compressed.js';
import { fingerprintOf } from '../ingest/follow/fingerprint.js';
import { readFollowState, writeFollowState } from '../ingest/follow/followState.js';
import { GONE, Places } from '../ingest/follow/places.js';
import { type FollowCounts, RoundWriter } from '../ingest/follow/roundWriter.js';
import { BEGINNING, type Place, Tail } from '../ingest/follow/tail.js';
import { findFiles } from '../ingest/logFiles.js';
import { WRITER_LIMITS, type WriterLimits } from '../ingest/sourceWriter.js';
import { ZeekLogError } from '../zeek/errors.js';
import { pause } from './pause.js';

export interface FollowLogsOptions {
  readonly client: Client;
  /** folders, and files in them or elsewhere */
  readonly paths: readonly string[];
  readonly namespace: string;
  readonly sensor?: string | undefined;
  readonly log?: string | undefined;
  readonly run: string;
  readonly statePath: string;
  readonly pollMs: number;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly limits?: WriterLimits;
  /** told after each write */
  readonly onWritten?: (counts: FollowCounts) => void;
}

/** Looking for new files, renamings and removals; reading goes on in between. */
const SCAN_MS = 1_000;
/** A compressed log is read when it hasn't grown for so long. */
const PACKED_AFTER_SECONDS = 1;
/** A log that was rotated is complete when it hasn't grown for so long: then its last line counts as it is. */
const COMPLETE_AFTER_SECONDS = 5;
/** Then it is closed; should it grow after all, it is opened again. */
const CLOSE_AFTER_SECONDS = 60;
const PAUSE_AFTER_FAULT_MS = 1_000;
/** A log that is being written has a name without a date. */
const CURRENT = /^[a-z\d_]+\.(log|json|ndjson)$/;

/**
 * Follows the logs in folders until the signal aborts: what is appended, across renaming, compressing, removal,
 * truncation and restarts.
 *
 * A place is kept only after Elasticsearch has taken the rows before it, so a kill at any moment loses nothing; rows
 * that are sent again have the same ids. A cluster that is away or busy is waited for, with the logs held open.
 *
 * @throws {ElasticsearchError} what waiting can't mend
 * @throws {FollowStateError} when places can't be read or written
 */
export async function followLogs(options: FollowLogsOptions): Promise<FollowCounts> {
  const follower = new Follower(options, new Places(await readFollowState(options.statePath)));
  try {
    while (!options.signal.aborted) {
      const began = performance.now();
      try {
        await follower.poll();
      } catch (error) {
        if (!isPassing(error)) throw error;
        follower.rollback();
        options.logger.warn({ err: error }, 'Elasticsearch is away or busy; trying again');
        await pause(PAUSE_AFTER_FAULT_MS, options.signal);
      }
      await pause(Math.max(0, options.pollMs - (performance.now() - began)), options.signal);
    }
  } finally {
    await follower.close();
  }
  return follower.counts;
}

class Follower {
  readonly #options: FollowLogsOptions;
  readonly #places: Places;
  readonly #writer: RoundWriter;
  readonly #tails = new Map<string, Tail>();
  /** files read to their end, and compressed ones that could not be read: by file, with the size they had */
  readonly #finished = new Map<string, number>();
  /** files that are no log of ours, by file and name */
  readonly #ignored = new Set<string>();
  #scannedAt = Number.NEGATIVE_INFINITY;

  constructor(options: FollowLogsOptions, places: Places) {
    this.#options = options;
    this.#places = places;
    const { client, logger, signal, limits = WRITER_LIMITS } = options;
    this.#writer = new RoundWriter(client, logger, signal, limits);
  }

  get counts(): FollowCounts {
    return this.#writer.counts;
  }

  async poll(): Promise<void> {
    if (performance.now() - this.#scannedAt >= SCAN_MS) await this.#scan();
    for (let more = true; more && !this.#options.signal.aborted; ) {
      for (const tail of [...this.#tails.values()]) await this.#read(tail);
      await this.#settle();
      more = [...this.#tails.values()].some(({ hasMore }) => hasMore);
    }
    await this.#closeFinished();
  }

  /** What was read and not written is read again. */
  rollback(): void {
    for (const tail of this.#tails.values()) tail.rollback();
    this.#writer.discard();
  }

  async close(): Promise<void> {
    for (const tail of this.#tails.values()) await tail.file.close();
    this.#tails.clear();
  }

  async #scan(): Promise<void> {
    this.#scannedAt = performance.now();
    const { files } = await findFiles(this.#options.paths).catch(() => ({ files: [] })); // a folder went meanwhile
    for (const path of files) {
      const found = await stat(path).catch(() => undefined);
      if (found === undefined || found.size === 0) continue;
      const file = `${found.dev}:${found.ino}`;
      const tail = this.#tails.get(file);
      if (tail !== undefined) {
        tail.path = path;
        tail.seen = this.#now();
      } else if (this.#finished.get(file) !== found.size && !this.#ignored.has(`${file} ${path}`)) {
        await this.#meet(file, path, found.size, found.mtimeMs / 1000);
      }
    }
  }

  async #meet(file: string, path: string, size: number, modified: number): Promise<void> {
    try {
      const unpacked = await readCompressedBeginning(path);
      if (unpacked !== undefined || path.endsWith('.gz')) {
        if (unpacked === undefined || this.#now() - modified < PACKED_AFTER_SECONDS) return; // still being written
        if (!this.#places.isDone(file, unpacked)) await this.#readCompressed(file, path, unpacked);
        this.#finished.set(file, size);
      } else await this.#open(file, path, size);
    } catch (error) {
      if (error instanceof ZeekLogError) {
        if (error.code === 'damaged_gzip') this.#finished.set(file, size);
        else this.#ignored.add(`${file} ${path}`);
        this.#options.logger.warn({ path }, `passed over: ${error.message}`);
      } else if (!isGone(error)) throw error;
    }
  }

  async #open(file: string, path: string, size: number): Promise<void> {
    const find = (beginning: Buffer) => {
      this.#places.retire(file, beginning);
      return this.#find(beginning);
    };
    const tail = await Tail.open(file, this.#feedOptions(path), find, this.#now());
    const { dev, ino } = await tail.file.stat();
    const isAnother = `${dev}:${ino}` !== file; // rotated at this very moment
    const isDone = tail.committed.offset === size && !CURRENT.test(basename(path));
    if (isDone) this.#finished.set(file, size);
    if (isAnother || isDone) await tail.file.close();
    else this.#tails.set(file, tail);
  }

  async #readCompressed(file: string, path: string, beginning: Buffer): Promise<void> {
    const place = this.#find(beginning) ?? BEGINNING;
    let lines = 0;
    const count = (line: number) => {
      lines = line;
    };
    for await (const fed of readCompressed(this.#feedOptions(path), place, count)) {
      await this.#writer.take(fed);
      if (this.#options.signal.aborted) return;
    }
    await this.#settle();
    const { header } = place;
    const fingerprint = fingerprintOf(beginning);
    this.#places.remember({ file, path, fingerprint, offset: 0, lines, header, seen: this.#now() });
    await this.#saveState();
  }

  #find(beginning: Buffer): Place | undefined {
    return this.#places.find(
      beginning,
      [...this.#tails.values()].map((tail) => tail.remembered()),
    );
  }

  async #read(tail: Tail): Promise<void> {
    try {
      for (const fed of await tail.read(this.#isComplete(tail), this.#now())) await this.#writer.take(fed);
    } catch (error) {
      if (!(error instanceof ZeekLogError)) throw error;
      this.#options.logger.warn({ path: tail.path }, `passed over: ${error.message}`);
      this.#ignored.add(`${tail.identity} ${tail.path}`);
      await this.#close(tail);
      return;
    }
    const { superseded } = tail;
    if (superseded === undefined) return;
    tail.superseded = undefined;
    this.#options.logger.info({ path: tail.path }, 'the log was cut and begun anew');
    const { place, fingerprint } = superseded;
    this.#places.remember({ ...tail.remembered(), ...place, fingerprint, file: GONE });
  }

  /** Waits until Elasticsearch has everything, and only then keeps the places. */
  async #settle(): Promise<void> {
    const wrote = await this.#writer.finish();
    for (const tail of this.#tails.values()) tail.commit();
    if (!wrote) return;
    await this.#saveState();
    this.#options.onWritten?.(this.counts);
  }

  async #saveState(): Promise<void> {
    for (const tail of this.#tails.values()) this.#places.remember(tail.remembered());
    await writeFollowState(this.#options.statePath, this.#places.toKeep(this.#now()));
  }

  /** Whether nothing will be added: it was renamed or removed, and stood still since. */
  #isComplete(tail: Tail): boolean {
    const now = this.#now();
    const isRotated = !CURRENT.test(basename(tail.path)) || now - tail.seen > COMPLETE_AFTER_SECONDS;
    return isRotated && now - tail.grew > COMPLETE_AFTER_SECONDS;
  }

  async #closeFinished(): Promise<void> {
    const now = this.#now();
    for (const tail of [...this.#tails.values()]) {
      if (!this.#isComplete(tail) || now - tail.grew < CLOSE_AFTER_SECONDS) continue;
      this.#places.remember(tail.remembered());
      this.#finished.set(tail.identity, tail.committed.offset);
      await this.#close(tail);
    }
  }

  async #close(tail: Tail): Promise<void> {
    this.#tails.delete(tail.identity);
    await tail.file.close();
  }

  #feedOptions(path: string) {
    const { namespace, sensor, log, run } = this.#options;
    return { path, namespace, sensor, log, run };
  }

  #now(): number {
    return this.#options.now().getTime() / 1000;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
