export interface Tokens {
  readonly input: number;
  readonly output: number;
}

/** Prices per million tokens. */
export type Price = Tokens;

export interface Cap {
  readonly tokens: number;
  readonly cost: number | undefined;
  readonly price: Price | undefined;
}

/**
 * Counts what a UTC day has used, and refuses what would go beyond. A call is reserved at its most before it is
 * made, so that calls at once can't overshoot together; what it really took replaces that afterwards.
 */
export class DailyCap {
  readonly #cap: Cap;
  #day = '';
  #tokens = 0;
  #cost = 0;

  constructor(cap: Cap) {
    this.#cap = cap;
  }

  /** What the day had used before this process started. */
  restore(now: Date, used: Tokens): void {
    this.#turn(now);
    this.#add(used, 1);
  }

  /** @returns false if the call could go beyond the cap; nothing is reserved then */
  reserve(now: Date, most: Tokens): boolean {
    this.#turn(now);
    const { tokens, cost } = this.#cap;
    if (this.#tokens + most.input + most.output > tokens) return false;
    if (cost !== undefined && this.#cost + costOf(most, this.#cap.price) > cost) return false;
    this.#add(most, 1);
    return true;
  }

  /** @param used undefined where the server said nothing: the reservation stands */
  settle(most: Tokens, used: Tokens | undefined): void {
    if (used === undefined) return;
    this.#add(most, -1);
    this.#add(used, 1);
    this.#tokens = Math.max(0, this.#tokens);
    this.#cost = Math.max(0, this.#cost);
  }

  get used(): { readonly tokens: number; readonly cost: number } {
    return { tokens: this.#tokens, cost: this.#cost };
  }

  #add(tokens: Tokens, sign: 1 | -1): void {
    this.#tokens += sign * (tokens.input + tokens.output);
    this.#cost += sign * costOf(tokens, this.#cap.price);
  }

  #turn(now: Date): void {
    const day = now.toISOString().slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    this.#tokens = 0;
    this.#cost = 0;
  }
}

export function costOf(tokens: Tokens, price: Price | undefined): number {
  return price === undefined ? 0 : (tokens.input * price.input + tokens.output * price.output) / 1e6;
}
