/** Where scores come from when they aren't remembered. The row is lent: it changes after the call. */
export type ScoreRow = (row: Float64Array) => number;

/** Rows remembered: about 11 MB at nine features. */
const CAPACITY = 65_536;

/**
 * Remembers the scores of the rows that come back, exactly: a row is known again only by all its bits.
 *
 * Industrial traffic repeats itself, and the features make it more so: an interval is told as how rare its bin is,
 * so with all else fixed the forest is a step function of the interval, and each step is one row here, worked out
 * when traffic first sets foot on it. (See docs/decisions/0003-forest-speed.md for how often rows come back.)
 *
 * Memory is bounded: rows live in two generations of half the capacity each. When the young one is full the old
 * one is dropped, and what is asked for again moves from old to young, so what is in use stays.
 */
export class RememberedScores {
  readonly #score: ScoreRow;
  readonly #row: Float64Array;
  readonly #words: Uint32Array;
  #young: Generation;
  #old: Generation;

  /** @param width values a row */
  constructor(score: ScoreRow, width: number, capacity = CAPACITY) {
    this.#score = score;
    this.#row = new Float64Array(width);
    this.#words = new Uint32Array(this.#row.buffer);
    this.#young = new Generation(width, Math.ceil(capacity / 2));
    this.#old = new Generation(width, Math.ceil(capacity / 2));
  }

  /**
   * @param values holds the row, from index `from` on. Typed arrays alone: plain ones come in several shapes, and a loop
   *   that has seen them all runs at half the speed.
   */
  score(values: Float64Array, from = 0): number {
    const words = this.#words;
    for (let c = 0; c < this.#row.length; c++) this.#row[c] = values[from + c] as number;
    const hash = hashOf(words);
    const young = this.#young.find(words, hash);
    if (young !== undefined) return young;
    const score = this.#old.find(words, hash) ?? this.#score(this.#row);
    if (this.#young.isFull) {
      [this.#young, this.#old] = [this.#old, this.#young];
      this.#young.clear();
    }
    this.#young.add(words, hash, score);
    return score;
  }
}

/** A hash table of rows with open addressing, half empty at most full. */
class Generation {
  readonly #width: number;
  readonly #capacity: number;
  readonly #mask: number;
  /** one more than the entry's index; 0 is an empty slot */
  readonly #slots: Int32Array;
  readonly #words: Uint32Array;
  readonly #scores: Float64Array;
  #size = 0;

  constructor(width: number, capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(2 * capacity));
    this.#width = 2 * width;
    this.#capacity = capacity;
    this.#mask = slots - 1;
    this.#slots = new Int32Array(slots);
    this.#words = new Uint32Array(capacity * this.#width);
    this.#scores = new Float64Array(capacity);
  }

  get isFull(): boolean {
    return this.#size === this.#capacity;
  }

  find(words: Uint32Array, hash: number): number | undefined {
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = (this.#slots[slot] as number) - 1;
      if (entry < 0) return undefined;
      if (this.#holds(entry, words)) return this.#scores[entry];
    }
  }

  add(words: Uint32Array, hash: number, score: number): void {
    let slot = hash & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#words.set(words, this.#size * this.#width);
    this.#scores[this.#size] = score;
    this.#size += 1;
    this.#slots[slot] = this.#size;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  #holds(entry: number, words: Uint32Array): boolean {
    const from = entry * this.#width;
    for (let i = 0; i < words.length; i++) if (this.#words[from + i] !== words[i]) return false;
    return true;
  }
}

/** Multiplies and folds 32 bits at a time, with the constants of MurmurHash3's finaliser (Appleby, public domain). */
function hashOf(words: Uint32Array): number {
  let hash = 0;
  for (let i = 0; i < words.length; i++) {
    hash = Math.imul(hash ^ (words[i] as number), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
