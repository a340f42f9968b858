import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, estypes } from '@elastic/elasticsearch';
import { isPassing } from '../elasticsearch/bulkCreate.js';
import { explain, fromStatus } from '../elasticsearch/errors.js';
import { findExisting } from '../elasticsearch/findExisting.js';
import { hasRolledOver, notSetUp, requireSourceStream } from '../elasticsearch/sourceStreams.js';
import { asFailure, type SourceDocument } from './sourceDocument.js';

/** Limits of one bulk and of how many are on their way. Two in flight keep both sides busy. */
export interface WriterLimits {
  readonly documents: number;
  readonly bytes: number;
  readonly inFlight: number;
  /** How often a bulk, or what is left of it, is sent before giving up. */
  readonly attempts: number;
  readonly firstPauseMs: number;
}

/** With 9 attempts the pauses add up to 51 s: a node's restart takes 20 s here. */
export const WRITER_LIMITS: WriterLimits = {
  documents: 2_000,
  bytes: 5_000_000,
  inFlight: 2,
  attempts: 9,
  firstPauseMs: 200,
};

/** A row that Elasticsearch took neither as it is nor as a pipeline_error. */
export interface Unkept {
  readonly line: number;
  readonly reason: string;
}

interface Batch {
  readonly documents: SourceDocument[];
  bytes: number;
}

/**
 * Writes rows into source streams with `op_type=create`, a few bulks at a time; `add` waits while too many are on
 * their way. Refusals for load and lost answers are sent again with doubled pauses: the ids make that harmless.
 * A document that the mapping refuses is sent once more as a pipeline_error. Ids are unique within one backing index
 * only, so in a stream that has rolled over they are looked for first.
 */
export class SourceWriter {
  /** New documents. */
  created = 0;
  /** Ids that existed already: from an earlier run, or from a bulk of ours whose answer was lost. */
  conflicts = 0;
  readonly unkept: Unkept[] = [];
  /** Whether a bulk got no answer and may have been written all the same. */
  answersLost = false;
  readonly streams = new Set<string>();
  #rolledOver = false;

  readonly #client: Client;
  readonly #limits: WriterLimits;
  readonly #signal: AbortSignal | undefined;
  readonly #flying = new Set<Promise<void>>();
  #batch: Batch = { documents: [], bytes: 0 };
  #fault: { readonly error: unknown } | undefined;

  constructor(client: Client, limits: WriterLimits, signal?: AbortSignal) {
    this.#client = client;
    this.#limits = limits;
    this.#signal = signal;
  }

  /** @throws {ElasticsearchError} if the stream isn't set up, or an earlier bulk failed for good */
  async add(document: SourceDocument): Promise<void> {
    if (!this.streams.has(document.index)) {
      await requireSourceStream(this.#client, document.index);
      this.#rolledOver ||= await hasRolledOver(this.#client, document.index);
      this.streams.add(document.index);
    }
    const bytes = sizeOf(document);
    const { documents: most, bytes: mostBytes } = this.#limits;
    if (this.#batch.documents.length > 0 && this.#batch.bytes + bytes > mostBytes) await this.#launch();
    this.#batch.documents.push(document);
    this.#batch.bytes += bytes;
    if (this.#batch.documents.length >= most) await this.#launch();
  }

  /** Sends what is left and waits for all; with `refresh` the last bulk makes its own documents searchable. */
  async finish(refresh = true): Promise<void> {
    await this.#land();
    const last = this.#take();
    if (last.length > 0) await this.#write(last, refresh);
  }

  async #launch(): Promise<void> {
    while (this.#flying.size >= this.#limits.inFlight) await Promise.race(this.#flying);
    this.#throwFault();
    const flight: Promise<void> = this.#write(this.#take(), false)
      .catch((error: unknown) => {
        this.#fault ??= { error };
      })
      .finally(() => this.#flying.delete(flight));
    this.#flying.add(flight);
  }

  async #land(): Promise<void> {
    await Promise.all(this.#flying);
    this.#throwFault();
  }

  #throwFault(): void {
    if (this.#fault !== undefined) throw this.#fault.error;
  }

  #take(): SourceDocument[] {
    const { documents } = this.#batch;
    this.#batch = { documents: [], bytes: 0 };
    return documents;
  }

  async #write(documents: readonly SourceDocument[], refresh: boolean): Promise<void> {
    let remaining = this.#rolledOver ? await this.#leaveOutExisting(documents) : documents;
    for (let attempt = 1; remaining.length > 0; attempt++) {
      let again: readonly SourceDocument[] = remaining;
      let failure: unknown = fromStatus(429, 'still too busy after many attempts', 'writing rows');
      try {
        again = this.#settle(remaining, await this.#send(remaining, refresh));
      } catch (error) {
        failure = explain(error, 'writing rows');
        if (!isPassing(failure)) throw failure;
        this.answersLost = true;
      }
      if (again.length === 0) return;
      if (attempt >= this.#limits.attempts || this.#signal?.aborted === true) throw failure;
      remaining = again;
      await sleep(this.#limits.firstPauseMs * 2 ** (attempt - 1));
    }
  }

  async #leaveOutExisting(documents: readonly SourceDocument[]): Promise<readonly SourceDocument[]> {
    const ids = documents.map(({ id }) => id);
    const existing = await findExisting(this.#client, [...this.streams], ids);
    const fresh = documents.filter(({ id }) => !existing.has(id));
    this.conflicts += documents.length - fresh.length;
    return fresh;
  }

  async #send(
    documents: readonly SourceDocument[],
    refresh: boolean,
  ): Promise<estypes.BulkResponse['items']> {
    const operations = documents.flatMap(({ index, id, body }) => [
      { create: { _index: index, _id: id } },
      body,
    ]);
    const { items } = await this.#client.bulk({ operations, refresh });
    return items;
  }

  /** Counts what was answered; returns what has to be sent again. */
  #settle(sent: readonly SourceDocument[], items: estypes.BulkResponse['items']): SourceDocument[] {
    const again: SourceDocument[] = [];
    for (const [position, document] of sent.entries()) {
      const { status = 0, error } = items[position]?.create ?? {};
      const reason = `${error?.type ?? 'error'}: ${error?.reason ?? 'no reason given'}`;
      if (status === 201) this.created += 1;
      else if (status === 409) this.conflicts += 1;
      else if (status === 429 || status === 502 || status === 503 || status === 504) again.push(document);
      else if (status === 401 || status === 403)
        throw fromStatus(status, reason, `writing to ${document.index}`);
      else if (status === 404 || /pipeline with id \[.*\] does not exist/.test(reason))
        throw notSetUp(reason);
      else if (document.body.event === undefined) again.push(asFailure(document, reason));
      else this.unkept.push({ line: document.line, reason });
    }
    return again;
  }
}

/** Near enough for a limit: characters of the text plus what surrounds it. */
function sizeOf({ body }: SourceDocument): number {
  return (body.message ?? body.event?.original ?? '').length + 300;
}
