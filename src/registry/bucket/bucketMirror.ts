import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GovernanceError } from '../../governance/governanceError.js';
import { sha256 } from '../digest.js';
import { BucketError } from './bucketError.js';
import {
  type Entry,
  entryBytes,
  entryName,
  entryNumber,
  FIRST_PREVIOUS,
  type FileContent,
  isRegistryPath,
  MAX_ENTRY_BYTES,
  MAX_FILE_BYTES,
  parseEntry,
} from './entry.js';
import type { ObjectStore } from './objectStore.js';

/** Entries read at once; what is beyond is read the next time. */
const ENTRIES_A_PULL = 10_000;
/** Bytes fetched at once: a bucket that somebody filled must not fill this disk in one go. */
const BYTES_A_PULL = 8 * 1024 ** 3;
const ATTEMPTS = 10;
/** An object that every registry's bucket has: made again, it shows whether the store keeps what is there. */
const MARK = Buffer.from('{"ot_anomaly_registry":1}\n');

/**
 * A registry in a bucket, and its copy in a folder of this host, from which everything is read. In the bucket are
 * objects named by their digest, and a numbered log of which file holds which of them; both are only ever added to. The
 * bucket is not trusted: what it says is checked against digests here, and against signatures by the readers, as with
 * any folder.
 */
export class BucketMirror {
  /** the registry, as a folder */
  readonly folder: string;
  readonly #store: ObjectStore;
  readonly #prefix: string;
  readonly #log: string;
  readonly #index = new Map<string, FileContent>();
  /** files whose copy is not known to be what the log says */
  readonly #wanted = new Set<string>();
  #number = 0;
  #head = FIRST_PREVIOUS;
  #compared = false;
  #keepsWhatIsThere = false;

  /** @param cache folder of this host for this bucket alone */
  constructor(store: ObjectStore, prefix: string, cache: string) {
    this.#store = store;
    this.#prefix = prefix;
    this.folder = join(cache, 'files');
    this.#log = join(cache, 'log');
    for (const folder of [this.folder, this.#log]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#replay();
    for (const path of this.#index.keys()) this.#wanted.add(path);
  }

  /** Whether the registry was ever read here. */
  get hasCopy(): boolean {
    return this.#number > 0;
  }

  /**
   * Brings the copy up to date with the bucket.
   *
   * @returns what in the bucket is not as it was written; it was passed over, and what the copy had stays
   * @throws {BucketError} if the bucket can't be read
   */
  async pull(): Promise<readonly string[]> {
    this.#replay();
    const problems: string[] = [];
    if (!this.#compared) problems.push(...(await this.#compareHead()));
    const prefix = `${this.#prefix}log/`;
    const after = this.#number === 0 ? '' : `${prefix}${entryName(this.#number)}`;
    for (const key of await this.#store.list(prefix, after, ENTRIES_A_PULL)) {
      const number = entryNumber(key.slice(prefix.length));
      if (number === undefined) {
        problems.push(`${key} is no entry of the log`);
        continue;
      }
      if (number !== this.#number + 1) {
        problems.push(`entry ${this.#number + 1} of the log is missing, ${number} is there`);
        break;
      }
      const bytes = await this.#readEntry(key);
      if (!this.#take(number, bytes))
        problems.push(`entry ${number} of the log is none that was written after ${number - 1}`);
      this.#record(number, bytes);
    }
    problems.push(...(await this.#fetchWanted()));
    return problems;
  }

  /**
   * Adds files, all or none, and then to the copy. What the bucket has of the same content is not written again.
   *
   * @param files content by path in the registry
   * @param fresh true: refuse if any of these paths was ever written
   * @throws {GovernanceError} refused
   * @throws {BucketError} if the bucket can't be written; nothing was changed then, but for objects that nothing names
   */
  async add(files: ReadonlyMap<string, Uint8Array>, { fresh = false } = {}): Promise<void> {
    for (const [path, { byteLength }] of files) {
      if (!isRegistryPath(path)) throw new TypeError(`${path} is no path of the registry`);
      if (byteLength > MAX_FILE_BYTES)
        throw new BucketError(
          'too_large',
          `${path} has ${byteLength} bytes, ${MAX_FILE_BYTES} are the most that a bucket's registry holds`,
          'Keep the registry in a folder, or train on fewer rows a key.',
        );
    }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await this.pull();
      if (fresh) this.#refuseTaken(files);
      const changed = [...files].filter(([path, bytes]) => this.#index.get(path)?.sha256 !== sha256(bytes));
      if (changed.length === 0) return;
      await this.#requireKeeping();
      for (const [, bytes] of changed) await this.#createObject(bytes);
      const contents = changed.map(([path, bytes]) => [path, contentOf(bytes)] as const);
      const entry: Entry = {
        number: this.#number + 1,
        previous: this.#head,
        files: Object.fromEntries(contents),
      };
      const bytes = entryBytes(entry);
      const key = `${this.#prefix}log/${entryName(entry.number)}`;
      // The second: ours, after an answer that was lost.
      if ((await this.#store.create(key, bytes)) || bytes.equals(await this.#readEntry(key))) {
        for (const [path, content] of changed) this.#write(path, content);
        this.#take(entry.number, bytes);
        for (const [path] of changed) this.#wanted.delete(path);
        this.#record(entry.number, bytes);
        return;
      }
    }
    throw new GovernanceError(
      'refused',
      `the registry's log was written by others ${ATTEMPTS} times meanwhile`,
      'Nothing was changed. Look for a writer that floods the bucket, then try again.',
    );
  }

  close(): void {
    this.#store.close();
  }

  /** Entries that this process or another one of this host has read already. */
  #replay(): void {
    for (;;) {
      const number = this.#number + 1;
      const path = join(this.#log, entryName(number));
      if (!existsSync(path)) return;
      const bytes = readFileSync(path);
      this.#take(number, bytes);
      this.#number = number;
      this.#head = sha256(bytes);
    }
  }

  /** Notes what an entry says. @returns false if it says nothing that counts */
  #take(number: number, bytes: Buffer): boolean {
    const entry = parseEntry(bytes);
    if (entry === undefined || entry.number !== number || entry.previous !== this.#head) return false;
    for (const [path, content] of Object.entries(entry.files)) {
      this.#index.set(path, content);
      this.#wanted.add(path);
    }
    return true;
  }

  #record(number: number, bytes: Buffer): void {
    writeWhole(join(this.#log, entryName(number)), bytes);
    this.#number = number;
    this.#head = sha256(bytes);
  }

  /** The newest entry that was read here must still be what it was: a log is not written anew. */
  async #compareHead(): Promise<readonly string[]> {
    if (this.#number > 0) {
      const found = await this.#readEntry(`${this.#prefix}log/${entryName(this.#number)}`).catch(orMissing);
      if (found === undefined || sha256(found) !== this.#head)
        return [
          `entry ${this.#number} of the log was ${found === undefined ? 'removed' : 'rewritten'} since this host read it`,
        ];
    }
    this.#compared = true;
    return [];
  }

  /** One that is larger than any counts as empty, for every reader alike. */
  async #readEntry(key: string): Promise<Buffer> {
    return this.#store.read(key, MAX_ENTRY_BYTES).catch((error: unknown) => {
      if (error instanceof BucketError && error.code === 'too_large') return Buffer.alloc(0);
      throw error;
    });
  }

  async #fetchWanted(): Promise<readonly string[]> {
    const problems: string[] = [];
    let left = BYTES_A_PULL;
    for (const path of [...this.#wanted].sort()) {
      const content = this.#index.get(path);
      if (content === undefined || this.#holds(path, content)) {
        this.#wanted.delete(path);
        continue;
      }
      left -= content.bytes;
      if (left < 0)
        return [
          ...problems,
          `more than ${BYTES_A_PULL} bytes are new in the bucket; the rest is left for the next time`,
        ];
      const bytes = await this.#store.read(this.#objectKey(content.sha256), content.bytes).catch(orMissing);
      if (bytes === undefined || sha256(bytes) !== content.sha256) {
        problems.push(
          `${path}: its object ${content.sha256.slice(0, 12)} is ${bytes === undefined ? 'missing or too long' : 'altered'}`,
        );
        continue;
      }
      this.#write(path, bytes);
      this.#wanted.delete(path);
    }
    return problems;
  }

  #holds(path: string, { sha256: digest }: FileContent): boolean {
    const full = join(this.folder, path);
    return existsSync(full) && sha256(readFileSync(full)) === digest;
  }

  #write(path: string, bytes: Uint8Array): void {
    writeWhole(join(this.folder, path), bytes);
  }

  #refuseTaken(files: ReadonlyMap<string, Uint8Array>): void {
    const taken = [...files.keys()].filter((path) => this.#index.has(path));
    if (taken.length === 0) return;
    throw new GovernanceError(
      'refused',
      `${taken.join(', ')} is there already`,
      'Somebody was faster: look with "ot-anomaly model list" and ask anew.',
    );
  }

  async #createObject(bytes: Uint8Array): Promise<void> {
    const digest = sha256(bytes);
    if (await this.#store.create(this.#objectKey(digest), bytes)) return;
    const there = await this.#store.read(this.#objectKey(digest), MAX_FILE_BYTES);
    if (sha256(there) === digest) return;
    throw new BucketError(
      'altered',
      `the object ${digest.slice(0, 12)} in the bucket is not what its name says`,
      'Somebody wrote to the bucket by hand. Have its administrator remove that object, then try again.',
    );
  }

  /** A store that takes no notice of the condition would let writers undo one another. */
  async #requireKeeping(): Promise<void> {
    if (this.#keepsWhatIsThere) return;
    const key = `${this.#prefix}registry.json`;
    await this.#store.create(key, MARK);
    if (await this.#store.create(key, MARK))
      throw new BucketError(
        'overwrites',
        'the store overwrote an object that it was asked to create (If-None-Match: *)',
        'Use a store that knows conditional writes, or keep the registry in a folder. Nothing was written.',
      );
    this.#keepsWhatIsThere = true;
  }

  #objectKey(digest: string): string {
    return `${this.#prefix}objects/${digest}`;
  }
}

/** Everything in a model's folder of the copy, for `add`. */
export function filesOf(folder: string, modelSha256: string): ReadonlyMap<string, Uint8Array> {
  const names = readdirSync(join(folder, modelSha256)).sort();
  const paths = names.map((name) => `${modelSha256}/${name}`).filter(isRegistryPath);
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path))]));
}

function contentOf(bytes: Uint8Array): FileContent {
  return { sha256: sha256(bytes), bytes: bytes.byteLength };
}

function orMissing(error: unknown): undefined {
  if (error instanceof BucketError && (error.code === 'not_found' || error.code === 'too_large'))
    return undefined;
  throw error;
}

/** Whole or not at all, whoever else of this host writes the same. */
function writeWhole(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = join(dirname(path), `.${process.pid}.new`);
  writeFileSync(temporary, bytes, { mode: 0o600 });
  renameSync(temporary, path);
}
