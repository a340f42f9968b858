/** Failures of one person from one address, and of one person from anywhere, until sign-in is closed. */
const FAILURES_HERE = 5;
const FAILURES_ANYWHERE = 50;
const WINDOW_MS = 15 * 60_000;
const REMEMBERED_MAX = 10_000;

/**
 * Closes sign-in after repeated failures. Elasticsearch's own realms count none.
 *
 * The low limit is of a name at an address, so that a stranger elsewhere can't lock an analyst out; the high one is of
 * the name alone, against many addresses. A key names nobody and can't be guessed: it counts for itself, at its address
 * (signIn.ts), so that nobody can lock others' keys out.
 */
export class LockOut {
  readonly #failures = new Map<string, { count: number; since: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns seconds until the person may try again; 0: now */
  waitSeconds(name: string | undefined, address: string): number {
    const left = (key: string, limit: number): number => {
      const found = this.#failures.get(key);
      if (found === undefined || found.count < limit) return 0;
      return Math.max(0, Math.ceil((found.since + WINDOW_MS - this.#now()) / 1000));
    };
    const elsewhere = name === undefined ? 0 : left(anywhere(name), FAILURES_ANYWHERE);
    return Math.max(left(here(name, address), FAILURES_HERE), elsewhere);
  }

  /** Counts an attempt as failed before it is made, so that many at once count too; `undo` what did not fail. */
  begin(name: string | undefined, address: string): void {
    for (const key of keysOf(name, address)) {
      const found = this.#failures.get(key);
      const over = found === undefined || this.#now() - found.since > WINDOW_MS;
      const count = over ? 1 : found.count + 1;
      this.#failures.delete(key); // the newest are last
      this.#failures.set(key, { count, since: over ? this.#now() : found.since });
    }
    for (const key of this.#failures.keys()) {
      if (this.#failures.size <= REMEMBERED_MAX) break;
      this.#failures.delete(key);
    }
  }

  /** Takes back what `begin` counted: Elasticsearch gave no answer. */
  undo(name: string | undefined, address: string): void {
    for (const key of keysOf(name, address)) {
      const found = this.#failures.get(key);
      if (found !== undefined) found.count -= 1;
    }
  }

  /** One success forgives the failures of this name at this address, not those from elsewhere. */
  succeeded(name: string | undefined, address: string): void {
    this.undo(name, address);
    this.#failures.delete(here(name, address));
  }
}

const here = (name: string | undefined, address: string) =>
  JSON.stringify([name?.toLowerCase() ?? null, address]);
const anywhere = (name: string) => JSON.stringify([name.toLowerCase()]);
const keysOf = (name: string | undefined, address: string) =>
  name === undefined ? [here(name, address)] : [here(name, address), anywhere(name)];
