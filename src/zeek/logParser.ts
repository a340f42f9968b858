import { messageOf } from '../errors.js';
import { ZeekLogError } from './errors.js';
import { KEPT_BYTES, type Line, MAX_LINE_BYTES } from './lines.js';
import { resolveLogType } from './logType.js';
import { TsvParser } from './tsv.js';
import { parseZeekTime } from './zeekTime.js';

/** A row that can be indexed. */
export interface ParsedRow {
  readonly kind: 'row';
  /** Line number in the file, from 1. */
  readonly line: number;
  /** Which log, one of KNOWN_LOGS. */
  readonly log: string;
  /** The row as one line of Zeek JSON: as it came, or made from TSV. */
  readonly message: string;
}

/** A row that can't be parsed: to be counted, kept and named. */
export interface RowFailure {
  readonly kind: 'failure';
  readonly line: number;
  /** The log it would belong to; undefined if it names one that nobody knows. */
  readonly log: string | undefined;
  readonly reason: string;
  /** The line as it came; its beginning, if it was too long. */
  readonly original: string;
}

export interface ParserOptions {
  /** The log the user said it is. */
  readonly log?: string | undefined;
  readonly fileName: string;
}

type Format = 'tsv' | 'json';

/**
 * Turns the lines of one file into rows, whichever of Zeek's two formats it is in.
 *
 * What is wrong with the first row's log type or time is wrong with the file, and thrown, unless each row names its own log (a
 * sensor's stream of all of them); after that, one bad row is a `RowFailure` and the next is tried.
 */
export class LogParser {
  readonly #options: ParserOptions;
  readonly #tsv = new TsvParser();
  #format: Format | undefined;
  #first = true;
  /** The answer for the path last asked for: rows of one file nearly always share theirs. */
  #resolved: { readonly path: string | undefined; readonly log: string | ZeekLogError } | undefined;

  constructor(options: ParserOptions) {
    this.#options = options;
  }

  /**
   * @returns undefined for a line that is no row: a header, a comment, an empty line
   * @throws {ZeekLogError} if the file as a whole can't be read
   */
  parse(line: Line): ParsedRow | RowFailure | undefined {
    const text = line.number === 1 ? line.text.replace(/^\uFEFF/, '') : line.text;
    if (text.trim() === '') return undefined;
    if (line.tooLong) return this.#failure(line, undefined, tooLong(line.bytes));
    this.#format ??= formatOf(text);
    const parsed = this.#format === 'tsv' ? this.#parseTsv(line, text) : this.#parseJson(line, text);
    if (parsed?.kind === 'row') this.#first = false;
    return parsed;
  }

  #parseTsv(line: Line, text: string): ParsedRow | RowFailure | undefined {
    const parsed = this.#tsv.parse(text);
    if (parsed.kind === 'none') return undefined;
    if (parsed.kind === 'failure') return this.#failure(line, parsed.path, parsed.reason);
    return this.#check(line, parsed.path, false, parsed.row['ts'], () => JSON.stringify(parsed.row));
  }

  #parseJson(line: Line, text: string): ParsedRow | RowFailure {
    const row = parseObject(text);
    if (typeof row === 'string') return this.#failure(line, undefined, row);
    const path = typeof row['_path'] === 'string' ? row['_path'] : undefined;
    return this.#check(line, path, path !== undefined, row['ts'], () => text);
  }

  /** @param isOneOfMany whether each row names its own log, so that a file may hold others too */
  #check(
    line: Line,
    path: string | undefined,
    isOneOfMany: boolean,
    ts: unknown,
    message: () => string,
  ): ParsedRow | RowFailure {
    const log = this.#resolve(path);
    if (log instanceof ZeekLogError) {
      if (this.#first && !isOneOfMany) throw log;
      return { kind: 'failure', line: line.number, log: undefined, reason: log.message, original: line.text };
    }
    const time = parseZeekTime(ts);
    if (time.kind === 'time') return { kind: 'row', line: line.number, log, message: message() };
    if (time.kind === 'invalid') return this.#failure(line, path, time.reason);
    if (this.#first) throw maskedTime();
    return this.#failure(line, path, maskedTime().message);
  }

  #failure(line: Line, path: string | undefined, reason: string): RowFailure {
    const log = this.#resolve(path);
    const known = log instanceof ZeekLogError ? undefined : log;
    return { kind: 'failure', line: line.number, log: known, reason, original: line.text };
  }

  #resolve(path: string | undefined): string | ZeekLogError {
    if (this.#resolved === undefined || this.#resolved.path !== path)
      this.#resolved = { path, log: tryResolve({ ...this.#options, path }) };
    return this.#resolved.log;
  }
}

function tryResolve({ log: given, path, fileName }: ParserOptions & { path: string | undefined }) {
  try {
    return resolveLogType({ given, path, fileName });
  } catch (error) {
    if (error instanceof ZeekLogError) return error;
    throw error;
  }
}

/** Whether a line counts as a row in a file that is refused as a whole. */
export function isRowLine({ text }: Line): boolean {
  return text.trim() !== '' && !text.startsWith('#');
}

function formatOf(firstLine: string): Format {
  if (firstLine.trimStart().startsWith('{')) return 'json';
  if (firstLine.startsWith('#') || firstLine.includes('\t')) return 'tsv';
  throw new ZeekLogError(
    'not_a_zeek_log',
    firstLine.includes('\0') || firstLine.includes('\uFFFD')
      ? 'the file is binary'
      : 'the file begins neither with a # header nor with a line of JSON',
    'Give a log as Zeek wrote it: TSV with its # header, or one JSON object a line; plain or gzip. ' +
      'A capture (pcap) must go through Zeek first.',
  );
}

function parseObject(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
    return 'not a JSON object';
  } catch (error) {
    return `not JSON: ${messageOf(error)}`;
  }
}

function maskedTime(): ZeekLogError {
  return new ZeekLogError(
    'masked_time',
    'the timestamps are masked (XXXXXXXXXX.XXXXXX), so its rows have no time',
    'This is a baseline of a test, not a log. Run Zeek on the capture itself to get the times.',
  );
}

function tooLong(bytes: number): string {
  return `a line of ${bytes} bytes, longer than ${MAX_LINE_BYTES}; its first ${KEPT_BYTES} bytes are kept`;
}
