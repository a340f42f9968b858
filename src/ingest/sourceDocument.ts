import { createHash } from 'node:crypto';
import type { ParsedRow, RowFailure } from '../zeek/logParser.js';

/** A document on its way into a source stream. */
export interface SourceDocument {
  /** The data stream. */
  readonly index: string;
  readonly id: string;
  /** Line in the file, from 1. */
  readonly line: number;
  readonly body: SourceBody;
}

/** What a shipper sends: a row for the pipeline to parse, or one that couldn't be parsed, with the reason. */
export interface SourceBody {
  readonly message?: string;
  readonly event?: { readonly kind: 'pipeline_error'; readonly original: string };
  readonly error?: { readonly message: string };
  readonly observer?: { readonly name: string };
  readonly log: { readonly file: { readonly path: string } };
  readonly labels: { readonly ingest_run: string };
}

export interface DocumentOptions {
  readonly namespace: string;
  /** Absolute path of the file. */
  readonly path: string;
  /** Name of the sensor that wrote the log. */
  readonly sensor?: string | undefined;
  /** Names this run, to count its documents. */
  readonly run: string;
}

/** The data stream of a log at one site. */
export function streamOf(log: string, namespace: string): string {
  return `logs-ot_zeek.${log}-${namespace}`;
}

/**
 * Makes documents out of the rows of one file, each with an id that depends on nothing but the row: log, sensor,
 * its bytes, and how many rows of the same bytes came before it in this file. Bringing the same file in again, or
 * a copy under another name, doubles nothing.
 */
export class DocumentMaker {
  readonly #options: DocumentOptions;
  readonly #occurrences = new Occurrences();

  constructor(options: DocumentOptions) {
    this.#options = options;
  }

  /** @returns undefined for a failure of a log nobody knows: there is no stream to keep it in */
  make(row: ParsedRow | RowFailure): SourceDocument | undefined {
    if (row.log === undefined) return undefined;
    const { namespace, sensor } = this.#options;
    const text = row.kind === 'row' ? row.message : row.original;
    const id = this.#occurrences.idOf(idOf(row.log, sensor ?? '', text));
    const body =
      row.kind === 'row'
        ? { message: text, ...this.#origin() }
        : { ...failureOf(text, `line ${row.line}: ${row.reason}`), ...this.#origin() };
    return { index: streamOf(row.log, namespace), id, line: row.line, body };
  }

  #origin(): Pick<SourceBody, 'observer' | 'log' | 'labels'> {
    const { path, sensor, run } = this.#options;
    return {
      ...(sensor === undefined ? {} : { observer: { name: sensor } }),
      log: { file: { path } },
      labels: { ingest_run: run },
    };
  }
}

/** The same row as a failure, for a row that Elasticsearch refused. */
export function asFailure({ index, id, line, body }: SourceDocument, reason: string): SourceDocument {
  const { message = body.event?.original ?? '', observer, log, labels } = body;
  const origin = { ...(observer === undefined ? {} : { observer }), log, labels };
  return { index, id, line, body: { ...failureOf(message, `line ${line}: ${reason}`), ...origin } };
}

function failureOf(original: string, message: string): Pick<SourceBody, 'event' | 'error'> {
  return { event: { kind: 'pipeline_error', original }, error: { message } };
}

/** 120 bits of SHA-256 as 20 characters: two of a trillion rows collide with a chance of 10^-12. */
function idOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part}\0`);
  return hash.digest('base64url').slice(0, 20);
}

/** Remembered at a time, the last seen first; about 10 MB. */
export const REMEMBERED_ROWS = 65_536;

/**
 * Tells identical rows of one file apart by counting them. Memory is bounded: of the distinct rows only the
 * REMEMBERED_ROWS last seen are remembered, so a row that comes again after more distinct ones than that counts as
 * the first and is taken for already indexed. Zeek's rows carry microseconds and a uid: identical ones are neighbours.
 */
class Occurrences {
  readonly #counts = new Map<string, number>();

  idOf(base: string): string {
    const before = this.#counts.get(base) ?? 0;
    this.#counts.delete(base);
    this.#counts.set(base, before + 1);
    if (this.#counts.size > REMEMBERED_ROWS) {
      const oldest = this.#counts.keys().next();
      if (oldest.done !== true) this.#counts.delete(oldest.value);
    }
    return before === 0 ? base : idOf(base, String(before));
  }
}
