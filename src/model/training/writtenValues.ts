import { requestKey, whereKey } from '../../features/relation.js';
import { isWriteRequest } from '../writeRate.js';
import { isFarOff, type Range } from '../writtenRange.js';
import { FOLDS, type FoldOf } from './heldOut.js';
import type { SampledRow } from './sampledRows.js';

/**
 * Of twenty values the next lies three widths beyond their range once in 9,300 writes where they are exponential, once in 1.8 × 10⁹
 * where they are normal (400,000 draws by hand; ten values: 790 and 260,000).
 */
const WRITES_AT_LEAST = 20;
/** Days; of a capture of hours, fifths of it. */
const PARTS_AT_LEAST = 5;
const DAY = 86_400;

interface Write {
  readonly ts: number;
  readonly values: readonly number[];
}

/** By position from the address on; null where no range says anything. */
type Ranges = readonly (Range | null)[];

/** Finds between what each written value lies, from the sampled rows of one group after the other; holds none of them. */
export class WrittenValues {
  readonly #foldOf: FoldOf;
  readonly #partOf: (ts: number) => number;
  readonly #ranges = new Map<string, Ranges>();

  /** @param daysWithData of a capture of one day its folds stand for days */
  constructor(foldOf: FoldOf, daysWithData: number) {
    this.#foldOf = foldOf;
    this.#partOf = daysWithData > 1 ? (ts) => Math.floor(ts / DAY) : foldOf;
  }

  /** @param rows sampled rows of one group, in order of time within each stretch */
  add(rows: readonly SampledRow[]): void {
    const written = new Map<string, Write[]>();
    for (const { record } of rows) {
      const { address, ts, values } = record;
      if (address === undefined || values.length === 0 || !isWriteRequest(record)) continue;
      const key = `${requestKey(record)}|${whereKey(record)}`;
      const writes = written.get(key);
      if (writes === undefined) written.set(key, [{ ts, values }]);
      else writes.push({ ts, values });
    }
    for (const [key, writes] of written) {
      const [own, others] = [this.#rangesOf(writes), this.#ranges.get(key)];
      this.#ranges.set(key, others === undefined ? own : both(own, others));
    }
  }

  /** @returns requestKey|whereKey → ranges by position, in the key's order; what has none is left out */
  ranges(): Record<string, (Range | null)[]> {
    return Object.fromEntries(
      [...this.#ranges]
        .filter(([, ranges]) => ranges.some((range) => range !== null))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, ranges]) => [key, [...ranges]]),
    );
  }

  #rangesOf(writes: readonly Write[]): Ranges {
    const ordered = [...writes].sort((a, b) => a.ts - b.ts);
    const positions = Math.max(...writes.map(({ values }) => values.length));
    return Array.from({ length: positions }, (_, i) =>
      this.#rangeOf(
        ordered.flatMap(({ ts, values }) => {
          const value = values[i];
          return value === undefined ? [] : [{ ts, value }];
        }),
      ),
    );
  }

  /**
   * The least and the most; null where writes are too few, where each day that is held out shows that the others' range is no
   * bound, or where the value only ever grows or only ever falls (a count, a date): it will leave any range.
   */
  #rangeOf(written: readonly { readonly ts: number; readonly value: number }[]): Range | null {
    if (written.length < WRITES_AT_LEAST) return null;
    if (new Set(written.map(({ ts }) => this.#partOf(ts))).size < PARTS_AT_LEAST) return null;
    const values = written.map(({ value }) => value);
    const steps = values.slice(1).map((value, i) => Math.sign(value - (values[i] ?? value)));
    const [grows, falls] = [steps.includes(1), steps.includes(-1)];
    if (grows !== falls) return null;
    for (let fold = 0; fold < FOLDS; fold++) {
      const isHeld = ({ ts }: { readonly ts: number }) => this.#foldOf(ts) === fold;
      const others = rangeOf(written.filter((one) => !isHeld(one)).map(({ value }) => value));
      if (others === undefined) return null;
      if (written.some((one) => isHeld(one) && isFarOff(one.value, others))) return null;
    }
    return rangeOf(values) ?? null;
  }
}

function rangeOf(values: readonly number[]): Range | undefined {
  const [first] = values;
  if (first === undefined) return undefined;
  return values.reduce<Range>(([least, most], v) => [Math.min(least, v), Math.max(most, v)], [first, first]);
}

/** What two groups of one writer and function, of two sensors for one, wrote to. */
function both(a: Ranges, b: Ranges): Ranges {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
    const [one, other] = [a[i] ?? null, b[i] ?? null];
    return one === null || other === null
      ? null
      : ([Math.min(one[0], other[0]), Math.max(one[1], other[1])] as const);
  });
}
