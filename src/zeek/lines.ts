/** A line is never longer than this; what Zeek writes stays far below. */
export const MAX_LINE_BYTES = 1_048_576;

/** How much of a longer line is kept, to say which it was. */
export const KEPT_BYTES = 65_536;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its line break; the beginning only, if it was too long. */
  readonly text: string;
  /** Length in bytes, without its line break. */
  readonly bytes: number;
  readonly tooLong: boolean;
}

/**
 * Cuts a stream of bytes into lines; holds at most one line of MAX_LINE_BYTES at a time, however long the lines are.
 * Line breaks are LF or CR LF; a last line without one counts.
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  const open = new OpenLine();
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
      yield open.close(chunk.subarray(from, end));
      from = end + 1;
    }
    open.add(chunk.subarray(from));
  }
  if (open.bytes > 0) yield open.close(Buffer.alloc(0));
}

class OpenLine {
  #number = 0;
  #parts: Buffer[] = [];
  #kept = 0;
  bytes = 0;

  add(part: Buffer): void {
    if (part.length === 0) return;
    this.bytes += part.length;
    const room = Math.max(0, MAX_LINE_BYTES + 1 - this.#kept);
    if (room === 0) return;
    this.#parts.push(part.subarray(0, room));
    this.#kept += Math.min(part.length, room);
  }

  close(last: Buffer): Line {
    const whole = this.#parts.length === 0 ? last : this.#join(last);
    const bytes = this.bytes + (this.#parts.length === 0 ? last.length : 0);
    const tooLong = bytes > MAX_LINE_BYTES;
    this.#number += 1;
    this.#parts = [];
    this.#kept = this.bytes = 0;
    const text = (tooLong ? whole.subarray(0, KEPT_BYTES) : whole).toString('utf8');
    const number = this.#number;
    return text.endsWith('\r')
      ? { number, text: text.slice(0, -1), bytes: bytes - 1, tooLong }
      : { number, text, bytes, tooLong };
  }

  #join(last: Buffer): Buffer {
    this.add(last);
    return Buffer.concat(this.#parts);
  }
}
