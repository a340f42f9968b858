import type { Client } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import { SourceWriter, type WriterLimits } from '../sourceWriter.js';
import type { Fed } from './rowFeed.js';

/** What became of the rows that were read: `read = indexed + alreadyIndexed + unkept`. */
export interface FollowCounts {
  readonly read: number;
  /** New documents; those of `failed` rows too. */
  readonly indexed: number;
  /** Found there already: read again after a restart or a fault, or a copy of a log. */
  readonly alreadyIndexed: number;
  /** Rows that can't be parsed. */
  readonly failed: number;
  /** Rows that no stream keeps; each is named in the log. */
  readonly unkept: number;
}

/** A writer looks once whether a stream has rolled over; so often it is replaced by a new one. */
const WRITER_LIFE_MS = 600_000;
const NOTHING = { read: 0, failed: 0, unkept: 0 };

/** Writes rows in rounds: a round counts once Elasticsearch has taken all of it. */
export class RoundWriter {
  counts: FollowCounts = { read: 0, indexed: 0, alreadyIndexed: 0, failed: 0, unkept: 0 };
  readonly #client: Client;
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  readonly #limits: WriterLimits;
  #round = NOTHING;
  #writer: SourceWriter;
  #since = performance.now();

  constructor(client: Client, logger: Logger, signal: AbortSignal, limits: WriterLimits) {
    this.#client = client;
    this.#logger = logger;
    this.#signal = signal;
    this.#limits = limits;
    this.#writer = new SourceWriter(client, limits, signal);
  }

  async take({ document, failure }: Fed): Promise<void> {
    const { read, failed, unkept } = this.#round;
    const lost = document === undefined ? 1 : 0;
    this.#round = { read: read + 1, failed: failed + (failure === undefined ? 0 : 1), unkept: unkept + lost };
    if (document !== undefined) await this.#writer.add(document);
    else this.#logger.warn({ failure }, 'a row that no stream keeps');
  }

  /**
   * Waits until Elasticsearch has taken the round.
   *
   * @returns whether there was anything to write
   */
  async finish(): Promise<boolean> {
    const { read, failed, unkept: homeless } = this.#round;
    if (read === 0) return false;
    await this.#writer.finish(false);
    const { created, conflicts, unkept } = this.#writer;
    for (const { reason } of unkept) this.#logger.warn({ reason }, 'a row that Elasticsearch did not take');
    const { counts } = this;
    this.counts = {
      read: counts.read + read,
      indexed: counts.indexed + created,
      alreadyIndexed: counts.alreadyIndexed + conflicts,
      failed: counts.failed + failed + unkept.length,
      unkept: counts.unkept + homeless + unkept.length,
    };
    this.#begin(performance.now() - this.#since > WRITER_LIFE_MS);
    return true;
  }

  /** Forgets the round: its rows will be read again. */
  discard(): void {
    this.#begin(true);
  }

  #begin(anew: boolean): void {
    this.#round = NOTHING;
    this.#writer.created = this.#writer.conflicts = this.#writer.unkept.length = 0;
    if (!anew) return;
    this.#since = performance.now();
    this.#writer = new SourceWriter(this.#client, this.#limits, this.#signal);
  }
}
