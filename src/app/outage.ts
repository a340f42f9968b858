import type { Logger } from 'pino';
import { isPassing } from '../elasticsearch/bulkCreate.js';
import { ElasticsearchError } from '../elasticsearch/errors.js';

/** How often an outage that goes on is said again. */
const SAY_AGAIN_MS = 30_000;
/**
 * How long refused sign-ins are waited for: a node that starts again refuses everybody until it has recovered its
 * index of users and keys. A key that was revoked stops the scorer after that.
 */
const REFUSED_AT_MOST_MS = 60_000;

/** What heartbeats tell of outages since the previous one. */
export interface OutageCounts {
  /** attempts that failed */
  readonly faults: number;
  /** milliseconds from the first failed attempt of an outage to the first that succeeded */
  readonly waited_ms: number;
}

/** Elasticsearch being away or too busy, said aloud: in the log while it lasts, in the next heartbeat as counts. */
export class Outage {
  readonly #log: Logger;
  readonly #uptimeMs: () => number;
  #since: number | undefined;
  #refusedSince: number | undefined;
  #saidAt = 0;
  #attempts = 0;
  #counts: { faults: number; waited_ms: number } = { faults: 0, waited_ms: 0 };

  /** @param uptimeMs milliseconds by a clock that nobody sets */
  constructor(log: Logger, uptimeMs: () => number = () => performance.now()) {
    this.#log = log;
    this.#uptimeMs = uptimeMs;
  }

  get ongoing(): boolean {
    return this.#since !== undefined;
  }

  /** An attempt failed. @returns whether to make another */
  fault(error: unknown): boolean {
    const now = this.#uptimeMs();
    if (!this.#canPass(error, now)) return false;
    this.#attempts += 1;
    this.#counts.faults += 1;
    if (this.#since === undefined) {
      this.#since = now;
      this.#saidAt = now;
      this.#log.warn({ err: error }, 'Elasticsearch is away or busy; waiting for it, nothing is lost');
    } else if (now - this.#saidAt >= SAY_AGAIN_MS) {
      this.#saidAt = now;
      const seconds = Math.round((now - this.#since) / 1000);
      this.#log.warn({ err: error, seconds, attempts: this.#attempts }, 'still waiting for Elasticsearch');
    }
    return true;
  }

  /** An attempt succeeded. */
  over(): void {
    this.#refusedSince = undefined;
    if (this.#since === undefined) return;
    const waited = Math.round(this.#uptimeMs() - this.#since);
    this.#counts.waited_ms += waited;
    this.#log.warn({ waited_ms: waited, attempts: this.#attempts }, 'Elasticsearch is back; going on');
    this.#since = undefined;
    this.#attempts = 0;
  }

  #canPass(error: unknown, now: number): boolean {
    const refused = error instanceof ElasticsearchError && error.code === 'unauthenticated';
    if (!refused) this.#refusedSince = undefined;
    else this.#refusedSince ??= now;
    return isPassing(error) || (refused && now - (this.#refusedSince ?? now) < REFUSED_AT_MOST_MS);
  }

  takeCounts(): OutageCounts {
    const counts = this.#counts;
    this.#counts = { faults: 0, waited_ms: 0 };
    return counts;
  }
}
