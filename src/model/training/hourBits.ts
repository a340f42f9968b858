/** In which hours of the window each key was present: one bit an hour. */
export class HourBits {
  readonly #firstHour: number;
  readonly #bits = new Map<string, bigint>();

  /** @param from seconds since the epoch, the window's start */
  constructor(from: number) {
    this.#firstHour = Math.floor(from / 3600);
  }

  /** @param hour hours since the epoch, UTC */
  add(key: string, hour: number): void {
    const bit = 1n << BigInt(Math.max(0, hour - this.#firstHour));
    this.#bits.set(key, (this.#bits.get(key) ?? 0n) | bit);
  }

  /** Keys in their order with their hours since the epoch, ascending. */
  *entries(): Generator<readonly [key: string, hours: readonly number[]]> {
    for (const key of [...this.#bits.keys()].sort()) yield [key, this.#hoursOf(this.#bits.get(key) ?? 0n)];
  }

  #hoursOf(bits: bigint): number[] {
    const digits = bits.toString(2);
    const hours: number[] = [];
    for (let i = digits.length - 1; i >= 0; i--)
      if (digits[i] === '1') hours.push(this.#firstHour + digits.length - 1 - i);
    return hours;
  }
}
