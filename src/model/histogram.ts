/** Counts by bin index, as `[bin, count]` in ascending order of bin: the form stored in the model. */
export type BinCounts = readonly (readonly [bin: number, count: number])[];

/**
 * The surprise of a value against the histogram of its own past, in the manner of a density-ordered tail
 * probability: p = (number of baseline rows in bins no denser than the value's bin + 1) / (n + 1).
 * Densities are smoothed over direct neighbours (weights 1-2-1), so that a value at a bin's edge is not new.
 * The +1 keeps p above 0: with n rows nothing can be rarer than 1 in n + 1.
 */
export class Histogram {
  readonly n: number;
  readonly #surprisal: ReadonlyMap<number, number>;
  readonly #rarest: number;
  readonly #bins: readonly number[];
  readonly #counts: BinCounts;

  constructor(counts: BinCounts) {
    const byBin = new Map(counts);
    this.n = counts.reduce((sum, [, count]) => sum + count, 0);
    const density = new Map<number, number>();
    for (const [bin] of counts) for (const b of [bin - 1, bin, bin + 1]) density.set(b, smoothed(byBin, b));
    const ascending = [...density].sort((a, b) => a[1] - b[1]);
    const surprisal = new Map<number, number>();
    let below = 0;
    for (let i = 0; i < ascending.length; ) {
      const level = ascending[i]?.[1] ?? 0;
      let j = i;
      for (; j < ascending.length && ascending[j]?.[1] === level; j++)
        below += byBin.get(ascending[j]?.[0] ?? 0) ?? 0;
      const value = Math.log10((this.n + 1) / (below + 1));
      for (; i < j; i++) surprisal.set(ascending[i]?.[0] ?? 0, value);
    }
    this.#surprisal = surprisal;
    this.#bins = counts.map(([bin]) => bin);
    this.#counts = counts;
    this.#rarest = Math.log10(this.n + 1);
  }

  /** Whether neither the bin nor a neighbour ever held a row. */
  isUnseen(bin: number): boolean {
    return !this.#surprisal.has(bin);
  }

  /** @returns the surprisal of a bin, to be held against a cut-off: what was never seen is beyond all, however few rows there are */
  rarity(bin: number): number {
    return this.#surprisal.get(bin) ?? Number.POSITIVE_INFINITY;
  }

  /** @returns how many bins the nearest one that held a row is away; 0 for a bin that did */
  binsOff(bin: number): number {
    let low = 0;
    let high = this.#bins.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#bins[middle] as number) < bin) low = middle + 1;
      else high = middle;
    }
    const above = (this.#bins[low] ?? Number.POSITIVE_INFINITY) - bin;
    const below = bin - (this.#bins[low - 1] ?? Number.NEGATIVE_INFINITY);
    const nearest = Math.min(above, below);
    return Number.isFinite(nearest) ? nearest : 0;
  }

  /** @returns the bin of the middle row; 0 of no rows */
  get medianBin(): number {
    let below = 0;
    for (const [bin, count] of this.#counts) {
      below += count;
      if (2 * below >= this.n) return bin;
    }
    return 0;
  }

  /** @returns −log10 of the tail probability: 0 is the most usual value, log10(n + 1) one never seen */
  surprisal(bin: number): number {
    return this.#surprisal.get(bin) ?? this.#rarest;
  }
}

function smoothed(counts: ReadonlyMap<number, number>, bin: number): number {
  return (counts.get(bin - 1) ?? 0) + 2 * (counts.get(bin) ?? 0) + (counts.get(bin + 1) ?? 0);
}

/** Collects counts by bin; memory grows with the number of distinct bins, not with rows. */
export class HistogramBuilder {
  readonly #counts = new Map<number, number>();

  add(bin: number): void {
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + 1);
  }

  counts(): BinCounts {
    return [...this.#counts].sort((a, b) => a[0] - b[0]);
  }
}

/** How many bins, densest first, hold `share` of the rows: small when the quantity is regular. */
export function binsHolding(share: number, counts: BinCounts): number {
  const n = counts.reduce((sum, [, count]) => sum + count, 0);
  let covered = 0;
  let bins = 0;
  for (const count of counts.map(([, c]) => c).sort((a, b) => b - a)) {
    if (covered >= share * n) break;
    covered += count;
    bins += 1;
  }
  return bins;
}
