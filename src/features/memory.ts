interface Entry<T> {
  value: T;
  /** the count of uses at its latest one */
  used: number;
}

/** The share of the entries that is forgotten at once when there are too many. */
const FORGOTTEN = 0.1;

/**
 * What a detector remembers by key, bounded: beyond `capacity` the tenth of the keys that was quiet longest is
 * forgotten, and begins anew when it speaks again. Entries are JSON, so that a checkpoint can hold them.
 */
export class Memory<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #capacity: number;
  #uses = 0;

  constructor(capacity = 200_000) {
    this.#capacity = capacity;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: T): void {
    this.#uses += 1;
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      entry.value = value;
      entry.used = this.#uses;
      return;
    }
    this.#entries.set(key, { value, used: this.#uses });
    if (this.#entries.size > this.#capacity) this.#forget();
  }

  /** Forgets what is of no use any more. */
  forgetWhere(isOver: (key: string, value: T) => boolean): void {
    for (const [key, { value }] of this.#entries) if (isOver(key, value)) this.#entries.delete(key);
  }

  /** Oldest first, so that restoring them keeps the order of forgetting. */
  entries(): readonly (readonly [string, T])[] {
    return this.#byUse().map(([key, { value }]) => [key, value]);
  }

  restore(entries: readonly (readonly [string, T])[]): void {
    this.#entries.clear();
    for (const [key, value] of entries) this.set(key, value);
  }

  #forget(): void {
    const tooMany = this.#entries.size - this.#capacity;
    const count = Math.max(tooMany, Math.floor(FORGOTTEN * this.#capacity));
    for (const [key] of this.#byUse().slice(0, count)) this.#entries.delete(key);
  }

  #byUse(): [string, Entry<T>][] {
    return [...this.#entries].sort(([, a], [, b]) => a.used - b.used);
  }
}
