import { isSame } from './fingerprint.js';
import type { Remembered } from './followState.js';
import type { Place } from './tail.js';

/** Entries kept, the newest of them; one of a file that was not seen for so long is forgotten. */
const PLACES_AT_MOST = 20_000;
const FORGET_AFTER_SECONDS = 30 * 86_400;

/** Stands for the file of a log that is no more, where only its beginning is known. */
export const GONE = '-';

/** How far every log was read that this follower ever met, by file and by what it begins with. */
export class Places {
  #entries: Remembered[];

  constructor(entries: readonly Remembered[]) {
    this.#entries = [...entries];
  }

  /** Replaces what is known of the file. */
  remember(entry: Remembered): void {
    this.#entries = this.#entries.filter(
      ({ file, fingerprint }) =>
        (file !== entry.file || file === GONE) &&
        (file !== GONE || fingerprint.sha256 !== entry.fingerprint.sha256),
    );
    this.#entries.push(entry);
  }

  /** What is known of this file is of an earlier log, if it doesn't begin so: its number was given anew. */
  retire(file: string, beginning: Buffer): void {
    this.#entries = this.#entries.map((entry) =>
      entry.file === file && !isSame(entry.fingerprint, beginning) ? { ...entry, file: GONE } : entry,
    );
  }

  /** Whether the file, compressed, was read to its end: its number alone might be another file's by now. */
  isDone(file: string, beginning: Buffer): boolean {
    return this.#entries.some(
      (entry) =>
        entry.file === file && entry.offset === 0 && entry.lines > 0 && isSame(entry.fingerprint, beginning),
    );
  }

  /** The place up to which a log that begins so was read, under whichever name; undefined if it is new. */
  find(beginning: Buffer, also: readonly Remembered[]): Place | undefined {
    return [...this.#entries, ...also]
      .filter(({ fingerprint }) => isSame(fingerprint, beginning))
      .reduce<Remembered | undefined>(
        (best, entry) => (best && best.lines >= entry.lines ? best : entry),
        undefined,
      );
  }

  /** @param now seconds since the epoch */
  toKeep(now: number): readonly Remembered[] {
    this.#entries = this.#entries
      .filter(({ seen }) => now - seen < FORGET_AFTER_SECONDS)
      .slice(-PLACES_AT_MOST);
    return this.#entries;
  }
}
