/**
 * Writes while its caller goes on: one batch at a time, in order, of what has gathered since the one before.
 * What fails is thrown by the next `add`, or by `end`.
 */
export class WriteBehind<T> {
  readonly #write: (batch: readonly T[]) => Promise<void>;
  readonly #gatherAtMost: number;
  #gathered: T[] = [];
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;

  /** @param gatherAtMost items that may wait; beyond, `add` waits for the batch under way */
  constructor(write: (batch: readonly T[]) => Promise<void>, gatherAtMost: number) {
    this.#write = write;
    this.#gatherAtMost = gatherAtMost;
  }

  async add(items: readonly T[]): Promise<void> {
    for (const item of items) this.#gathered.push(item);
    if (this.#isWriting && this.#gathered.length <= this.#gatherAtMost) return;
    await this.#writing;
    this.#begin();
  }

  /** Everything is written when this returns. */
  async end(): Promise<void> {
    await this.#writing;
    this.#begin();
    await this.#writing;
  }

  #begin(): void {
    if (this.#gathered.length === 0) return;
    const batch = this.#gathered;
    this.#gathered = [];
    this.#isWriting = true;
    this.#writing = this.#write(batch).finally(() => {
      this.#isWriting = false;
    });
    this.#writing.catch(() => {}); // thrown by the next call
  }
}
