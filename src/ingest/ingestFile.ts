import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { countRun, type RunCount } from '../elasticsearch/sourceStreams.js';
import { ZeekLogError } from '../zeek/errors.js';
import type { Line } from '../zeek/lines.js';
import { isRowLine, LogParser } from '../zeek/logParser.js';
import { type OnBytes, readLogFile } from './readLogFile.js';
import { DocumentMaker, type DocumentOptions } from './sourceDocument.js';
import { SourceWriter, WRITER_LIMITS, type WriterLimits } from './sourceWriter.js';

/** Failures that are told one by one; the rest is counted. */
export const FAILURES_TOLD = 5;

/** Visible within the refresh interval of 250 ms; this long on a node that is behind. */
const COUNT_WITHIN_MS = 15_000;
const COUNT_EVERY_MS = 100;
/** Four refresh intervals. */
const STANDS_STILL_MS = 1_000;

export interface IngestOptions extends DocumentOptions {
  /** Which log it is, where neither header nor name tell. */
  readonly log?: string | undefined;
  readonly onBytes?: OnBytes;
  /** Stops reading; bulks on their way are finished and counted. */
  readonly signal?: AbortSignal | undefined;
  readonly limits?: WriterLimits;
}

/** A row that failed, where known with its line. */
export interface ToldFailure {
  readonly line?: number;
  readonly reason: string;
}

/** What became of the rows of one file: `read = indexed + alreadyIndexed + failed + missing`. */
export interface FileReport {
  readonly path: string;
  readonly streams: readonly string[];
  /** Rows, without headers and empty lines. */
  readonly read: number;
  /** New documents that hold an understood row. */
  readonly indexed: number;
  /** Rows that an earlier run, or an equal row of another file, had brought in. */
  readonly alreadyIndexed: number;
  /** Rows that couldn't be parsed; kept as `event.kind: pipeline_error` where their log is known. */
  readonly failed: number;
  /** Acknowledged by Elasticsearch and yet not found afterwards; anything but 0 is a fault. */
  readonly missing: number;
  /** The first few of the failed. */
  readonly failures: readonly ToldFailure[];
  /** Why the file couldn't be read to its end. */
  readonly error?: ZeekLogError;
  readonly interrupted: boolean;
}

/**
 * Brings one log file into its source streams and counts what became of each row, from what Elasticsearch holds
 * afterwards and not from what was sent. Memory is bounded, whatever the file's size or lines.
 *
 * What is wrong with the file is in the report: rows read before it are written, and running again is safe.
 *
 * @throws {ElasticsearchError} if the streams aren't set up, or writing or counting failed for good
 */
export async function ingestFile(client: Client, options: IngestOptions): Promise<FileReport> {
  const { path, signal } = options;
  const writer = new SourceWriter(client, options.limits ?? WRITER_LIMITS, signal);
  const rows = new RowReader(options);
  const error = await rows.writeTo(writer, readLogFile(path, options.onBytes ?? (() => undefined)));
  await writer.finish();
  const written = await countWritten(client, writer, options);
  const { streams, unkept, created, conflicts } = writer;
  const found = written.events + written.errors;
  const missing = Math.max(0, created - found);
  return {
    path,
    streams: [...streams],
    read: rows.read,
    indexed: written.events,
    alreadyIndexed: created + conflicts - found - missing,
    failed: written.errors + unkept.length + rows.homeless,
    missing,
    failures: firstFailures([...rows.failures, ...unkept, ...written.reasons.map(toldFailure)]),
    ...(error === undefined ? {} : { error }),
    interrupted: signal?.aborted === true,
  };
}

/** What a document says of its row: its line too, if it was refused here and not by a pipeline. */
function toldFailure(message: string): ToldFailure {
  const [, line, reason] = /^line (\d+): (.*)$/s.exec(message) ?? [];
  return line === undefined || reason === undefined ? { reason: message } : { line: Number(line), reason };
}

function firstFailures(failures: readonly ToldFailure[]): readonly ToldFailure[] {
  const told = new Map<unknown, ToldFailure>();
  for (const failure of failures) told.set(failure.line ?? failure, told.get(failure.line) ?? failure);
  return [...told.values()]
    .sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity))
    .slice(0, FAILURES_TOLD);
}

/** Reads, parses and hands on, counting every row. */
class RowReader {
  read = 0;
  /** Failed rows that no stream keeps: of a log nobody knows, or of a file that is refused as a whole. */
  homeless = 0;
  readonly failures: ToldFailure[] = [];
  readonly #options: IngestOptions;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /** @returns what is wrong with the file as a whole */
  async writeTo(writer: SourceWriter, lines: AsyncIterable<Line>): Promise<ZeekLogError | undefined> {
    const { path, log, signal } = this.#options;
    const parser = new LogParser({ fileName: path, log });
    const maker = new DocumentMaker(this.#options);
    let refused: ZeekLogError | undefined;
    try {
      for await (const line of lines) {
        if (signal?.aborted === true) return undefined;
        if (refused !== undefined) {
          if (isRowLine(line)) this.#refuse();
          continue;
        }
        try {
          const row = parser.parse(line);
          if (row === undefined) continue;
          this.read += 1;
          if (row.kind === 'failure') this.#tell(row);
          const document = maker.make(row);
          if (document === undefined) this.homeless += 1;
          else await writer.add(document);
        } catch (error) {
          if (!(error instanceof ZeekLogError)) throw error;
          if (error.code === 'not_a_zeek_log') return error; // what would a row be?
          refused = error;
          this.#refuse();
        }
      }
      return refused;
    } catch (error) {
      if (!(error instanceof ZeekLogError)) throw error;
      return new ZeekLogError(error.code, `${error.message}; ${this.read} rows were read`, error.advice, {
        cause: error,
      });
    }
  }

  #refuse(): void {
    this.read += 1;
    this.homeless += 1;
  }

  #tell({ line, reason }: { readonly line: number; readonly reason: string }): void {
    if (this.failures.length < FAILURES_TOLD) this.failures.push({ line, reason });
  }
}

/**
 * Waits until everything that was acknowledged is visible, then counts it. Where an answer was lost, more may have
 * been written than was acknowledged: then also until the count stands still.
 */
async function countWritten(
  client: Client,
  { created, streams, answersLost }: SourceWriter,
  { run, path }: IngestOptions,
): Promise<RunCount> {
  if (streams.size === 0) return { events: 0, errors: 0, reasons: [] };
  const deadline = performance.now() + COUNT_WITHIN_MS;
  for (let before = -1; ; await sleep(answersLost ? STANDS_STILL_MS : COUNT_EVERY_MS)) {
    const count = await countRun(client, [...streams], { run, path }, FAILURES_TOLD);
    const found = count.events + count.errors;
    const settled = found >= created && (!answersLost || found === before);
    if (settled || performance.now() > deadline) return count;
    before = found;
  }
}
