/** In which spans of the window (its hours, say) each key was present: one bit a span. */
export class SpanBits {
  readonly #first: number;
  readonly #bits = new Map<string, bigint>();

  /**
   * @param from seconds since the epoch, the window's start
   * @param seconds of a span
   */
  constructor(from: number, seconds: number) {
    this.#first = Math.floor(from / seconds);
  }

  /**
   * @param span spans since the epoch, UTC
   * @param bits that span (1) and the ones after it, the lowest bit being the span itself
   */
  add(key: string, span: number, bits = 1): void {
    const added = BigInt(bits) << BigInt(Math.max(0, span - this.#first));
    this.#bits.set(key, (this.#bits.get(key) ?? 0n) | added);
  }

  /** Keys in their order with their spans since the epoch, ascending. */
  *entries(): Generator<readonly [key: string, spans: readonly number[]]> {
    for (const key of [...this.#bits.keys()].sort()) yield [key, this.#spansOf(this.#bits.get(key) ?? 0n)];
  }

  /** Spans in which any key was present, ascending. */
  all(): readonly number[] {
    let all = 0n;
    for (const bits of this.#bits.values()) all |= bits;
    return this.#spansOf(all);
  }

  #spansOf(bits: bigint): number[] {
    const digits = bits.toString(2);
    const spans: number[] = [];
    for (let i = digits.length - 1; i >= 0; i--)
      if (digits[i] === '1') spans.push(this.#first + digits.length - 1 - i);
    return spans;
  }
}
