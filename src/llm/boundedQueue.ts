/**
 * Works jobs off, `concurrency` at a time; at most `depth` wait. What finds it full is told so at once and goes
 * another way: nothing waits for room.
 */
export class BoundedQueue<T> {
  readonly #depth: number;
  readonly #concurrency: number;
  readonly #work: (job: T) => Promise<void>;
  readonly #waiting: T[] = [];
  readonly #running = new Set<Promise<void>>();

  /** @param work must not reject */
  constructor(depth: number, concurrency: number, work: (job: T) => Promise<void>) {
    this.#depth = depth;
    this.#concurrency = concurrency;
    this.#work = work;
  }

  /** @returns false if it is full: the job was not taken */
  offer(job: T): boolean {
    if (this.#running.size < this.#concurrency) this.#start(job);
    else if (this.#waiting.length < this.#depth) this.#waiting.push(job);
    else return false;
    return true;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Takes back what has not begun. */
  drain(): readonly T[] {
    return this.#waiting.splice(0);
  }

  /** Settles when nothing is running or waiting. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #start(job: T): void {
    const running = this.#work(job).finally(() => {
      this.#running.delete(running);
      const next = this.#waiting.shift();
      if (next !== undefined) this.#start(next);
    });
    this.#running.add(running);
  }
}
