import { ZeekLogError } from './errors.js';
import { findLogType, IDENTITY_COLUMNS, type ZeekType } from './logTypes.js';
import { parseTsvValue, type TsvMarks, unescapeZeek, type ZeekValue } from './tsvValue.js';

/** One row as Zeek's JSON writer would give it: flat dotted keys, unset columns absent. */
export type ZeekRow = Readonly<Record<string, ZeekValue>>;

export type TsvLine =
  /** A row, of the log that the header above it names. */
  | { readonly kind: 'row'; readonly path: string | undefined; readonly row: ZeekRow }
  /** A row that doesn't fit its header. */
  | { readonly kind: 'failure'; readonly path: string | undefined; readonly reason: string }
  /** A line that is no row: header, comment, closing mark, empty. */
  | { readonly kind: 'none' };

interface Column {
  readonly name: string;
  readonly type: ZeekType;
}

/** Zeek's defaults, in force until a header says otherwise. */
const DEFAULT_MARKS: TsvMarks = {
  separator: '\t',
  setSeparator: ',',
  emptyField: '(empty)',
  unsetField: '-',
};

/**
 * Reads a Zeek TSV log line by line. A header may come again in the middle, where logs were concatenated, and
 * holds from there on: another `#separator` begins a block whose `#path`, `#fields` and `#types` are its own.
 */
export class TsvParser {
  #marks = DEFAULT_MARKS;
  #path: string | undefined;
  #fields: readonly string[] | undefined;
  #types: readonly ZeekType[] | undefined;
  #columns: readonly Column[] | undefined;

  /**
   * @param line without its line break
   * @throws {ZeekLogError} `no_header` for a row before any `#fields`; `bad_header`
   */
  parse(line: string): TsvLine {
    if (line === '') return { kind: 'none' };
    if (line.startsWith('#')) {
      this.#readHeader(line);
      return { kind: 'none' };
    }
    this.#columns ??= this.#joinColumns();
    const cells = line.split(this.#marks.separator);
    if (cells.length !== this.#columns.length) {
      const reason = `expected ${this.#columns.length} columns as in #fields, found ${cells.length}`;
      return { kind: 'failure', path: this.#path, reason };
    }
    const row: Record<string, ZeekValue> = {};
    for (const [index, { name, type }] of this.#columns.entries()) {
      const value = parseTsvValue(cells[index] ?? '', type, this.#marks);
      if (value !== undefined) row[name] = value;
    }
    return { kind: 'row', path: this.#path, row };
  }

  #readHeader(line: string): void {
    if (line.startsWith('#separator ')) {
      this.#marks = { ...DEFAULT_MARKS, separator: unescapeZeek(line.slice('#separator '.length)) };
      this.#path = this.#fields = this.#types = this.#columns = undefined;
      return;
    }
    const [directive, ...rest] = line.split(this.#marks.separator);
    const value = rest[0] ?? '';
    switch (directive) {
      case '#set_separator':
        this.#marks = { ...this.#marks, setSeparator: unescapeZeek(value) };
        break;
      case '#empty_field':
        this.#marks = { ...this.#marks, emptyField: value };
        break;
      case '#unset_field':
        this.#marks = { ...this.#marks, unsetField: value };
        break;
      case '#path':
        this.#path = value;
        break;
      case '#fields':
        this.#fields = rest;
        this.#types = this.#columns = undefined;
        break;
      case '#types':
        this.#types = rest;
        this.#columns = undefined;
        break;
      default: // #open, #close and comments
    }
  }

  #joinColumns(): readonly Column[] {
    const fields = this.#fields;
    if (fields === undefined)
      throw new ZeekLogError(
        'no_header',
        'tab-separated rows without a #fields header: their columns are unknown',
        'Give the log as Zeek wrote it, with the lines that begin with #, or as JSON lines. ' +
          'Baselines of Zeek tests often have no header and no times.',
      );
    const types = this.#types ?? fields.map((name) => this.#knownType(name));
    if (types.length !== fields.length)
      throw new ZeekLogError(
        'bad_header',
        `the header names ${fields.length} columns in #fields and ${types.length} in #types`,
        'The file is damaged, or edited by hand; take it again from the sensor.',
      );
    return fields.map((name, index) => ({ name, type: types[index] ?? 'string' }));
  }

  #knownType(name: string): ZeekType {
    return IDENTITY_COLUMNS[name] ?? findLogType(this.#path ?? '')?.columns[name] ?? 'string';
  }
}
