import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { LogName } from '../simulator/index.js';
import { DAY, toIso } from '../simulator/time.js';
import { tsvFooter, tsvHeader, tsvWriter } from '../simulator/zeekTsv.js';

export type LogFormat = 'json' | 'tsv';

interface DayFileOptions {
  readonly folder: string;
  readonly log: LogName;
  /** Midnight, microseconds. */
  readonly day: number;
  readonly format: LogFormat;
  readonly gzip: boolean;
}

/** One log of one day, under a `.partial` name until `complete`. */
export class DayFile {
  readonly #name: string;
  readonly #path: string;
  readonly #input: Writable;
  readonly #written: Promise<void>;
  readonly #line: (row: Readonly<Record<string, unknown>>) => string;
  readonly #footer: string;
  #pending: string;
  #failure: unknown;
  #completed = false;

  private constructor({ folder, log, day, format, gzip }: DayFileOptions) {
    this.#name = `${log}.${toIso(day).slice(0, 10)}.log${gzip ? '.gz' : ''}`;
    this.#path = join(folder, this.#name);
    const input = new PassThrough({ highWaterMark: 1 << 20 });
    const output = createWriteStream(`${this.#path}.partial`);
    this.#input = input;
    this.#written = gzip ? pipeline(input, createGzip(), output) : pipeline(input, output);
    this.#written.catch((failure: unknown) => {
      this.#failure = failure;
    });
    this.#line = format === 'tsv' ? tsvWriter(log) : (row) => `${JSON.stringify(row)}\n`;
    this.#pending = format === 'tsv' ? tsvHeader(log, day) : '';
    this.#footer = format === 'tsv' ? tsvFooter(day + DAY) : '';
  }

  static open(options: DayFileOptions): DayFile {
    return new DayFile(options);
  }

  add(row: Readonly<Record<string, unknown>>): void {
    this.#pending += this.#line(row);
  }

  /** Hands over what was added, and waits while the disk is behind. */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#pending === '') return;
    const roomLeft = this.#input.write(this.#pending);
    this.#pending = '';
    if (!roomLeft)
      await Promise.race([new Promise((resolve) => this.#input.once('drain', resolve)), this.#written]);
  }

  /** @returns the file's name, which it has from now on */
  async complete(): Promise<string> {
    this.#pending += this.#footer;
    await this.flush();
    this.#input.end();
    await this.#written;
    await rename(`${this.#path}.partial`, this.#path);
    this.#completed = true;
    return this.#name;
  }

  /** Leaves nothing of an incomplete file; a complete one stays. */
  async discard(): Promise<void> {
    if (this.#completed) return;
    this.#input.destroy();
    await this.#written.catch(() => undefined);
    await rm(`${this.#path}.partial`, { force: true });
  }
}
