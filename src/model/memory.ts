/**
 * What a detector remembers by key, bounded: beyond `capacity` the key that was quiet longest is forgotten, and
 * begins anew when it speaks again. Entries are JSON, so that a checkpoint can hold them.
 */
export class Memory<T> {
  readonly #entries = new Map<string, T>();
  readonly #capacity: number;

  constructor(capacity = 200_000) {
    this.#capacity = capacity;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#capacity) return;
    const oldest = this.#entries.keys().next().value;
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Oldest first, so that restoring them keeps the order of forgetting. */
  entries(): readonly (readonly [string, T])[] {
    return [...this.#entries];
  }

  restore(entries: readonly (readonly [string, T])[]): void {
    this.#entries.clear();
    for (const [key, value] of entries) this.set(key, value);
  }
}
