import { ZeekLogError } from '../../zeek/errors.js';
import type { Line } from '../../zeek/lines.js';
import { LogParser } from '../../zeek/logParser.js';
import { DocumentMaker, type DocumentOptions, type SourceDocument } from '../sourceDocument.js';

export interface FeedOptions extends DocumentOptions {
  readonly log?: string | undefined;
}

/** A line that was a row, and the document made of it; none for a row that no stream can keep. */
export interface Fed {
  readonly document: SourceDocument | undefined;
  /** why the row can't be parsed */
  readonly failure: string | undefined;
}

/** Header lines kept: Zeek writes eight. */
const HEADER_LINES_AT_MOST = 64;

/**
 * Makes documents of the lines of one log, which may be taken up in its middle: the header in force is told first,
 * and some lines before that place, so that identical rows are counted on from where they were.
 */
export class RowFeed {
  readonly #parser: LogParser;
  readonly #maker: DocumentMaker;
  #header: string[] = [];
  #number = 0;

  constructor(options: FeedOptions) {
    this.#parser = new LogParser({ fileName: options.path, log: options.log });
    this.#maker = new DocumentMaker(options);
  }

  /** The header lines in force, without line breaks. */
  get header(): readonly string[] {
    return this.#header;
  }

  /** @throws {ZeekLogError} a log that nobody knows: nothing of it will be taken */
  feed({ text, bytes, tooLong }: Omit<Line, 'number'>): Fed | undefined {
    this.#number += 1;
    const line = { number: this.#number, text, bytes, tooLong };
    if (text.startsWith('#')) this.#keepHeader(text);
    try {
      const row = this.#parser.parse(line);
      if (row === undefined) return undefined;
      return { document: this.#maker.make(row), failure: row.kind === 'failure' ? row.reason : undefined };
    } catch (error) {
      if (!(error instanceof ZeekLogError) || isOfTheFile(error)) throw error;
      return { document: undefined, failure: error.message };
    }
  }

  #keepHeader(text: string): void {
    if (text.startsWith('#separator')) this.#header = [];
    if (text.startsWith('#close') || this.#header.length >= HEADER_LINES_AT_MOST) return;
    this.#header.push(text);
  }
}

/** What no later line can mend: another log, or no log at all. */
function isOfTheFile({ code }: ZeekLogError): boolean {
  return code === 'unknown_log_type' || code === 'not_a_zeek_log';
}
