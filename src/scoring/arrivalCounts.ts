import { z } from 'zod';

/** Seconds of arrivals that are counted together. */
export const BUCKET_S = 2;
/** Hashes remembered at most (about 40 MB): beyond, those of the oldest buckets go, and what lies there is judged again. */
const HASHES_AT_MOST = 1_000_000;

export const arrivalCountsSchema = z.strictObject({
  /** the first bucket that was counted from its beginning; null: none was */
  first: z.number().int().nullable(),
  /** bucket → documents taken in */
  counts: z.array(z.tuple([z.number().int(), z.number().int()])),
});
export type ArrivalCountsState = Readonly<z.infer<typeof arrivalCountsSchema>>;

interface Bucket {
  count: number;
  /** 32-bit hashes of the documents' keys; none of what an earlier process took in, or what there was no room for */
  readonly hashes: Set<number>;
}

/** A bucket of which Elasticsearch has more than was taken in. */
export interface LackingBucket {
  readonly bucket: number;
  /** how many it has */
  readonly documents: number;
  /** keys of those that were not known to have been taken in */
  readonly keys: readonly string[];
}

/**
 * How many documents were taken in of each BUCKET_S of arrival, to be compared with how many Elasticsearch has by
 * now. It remembers as long as the comparison looks back, a hash a document.
 */
export class ArrivalCounts {
  readonly #comparedSeconds: number;
  readonly #rememberedBuckets: number;
  readonly #buckets = new Map<number, Bucket>();
  readonly #hashesAtMost: number;
  #first: number | undefined;
  #hashes = 0;

  /**
   * @param comparedSeconds how far back buckets are compared
   * @param behindSeconds how far the arrivals that a comparison ends with lie behind the newest one
   */
  constructor(comparedSeconds: number, behindSeconds: number, hashesAtMost = HASHES_AT_MOST) {
    this.#comparedSeconds = comparedSeconds;
    this.#rememberedBuckets = Math.ceil((comparedSeconds + behindSeconds) / BUCKET_S) + 2;
    this.#hashesAtMost = hashesAtMost;
  }

  /** @param arrivedAt seconds since the epoch */
  add(key: string, arrivedAt: number): void {
    const number = Math.floor(arrivedAt / BUCKET_S);
    this.#first ??= number + 1; // this one was under way when counting began
    let bucket = this.#buckets.get(number);
    if (bucket === undefined) {
      bucket = { count: 0, hashes: new Set() };
      this.#buckets.set(number, bucket);
      this.#forget(number);
    }
    bucket.count += 1;
    this.#remember(bucket, key);
  }

  /** The first bucket that may be compared, seen from `arrivedAt`; undefined: none */
  firstComparable(arrivedAt: number): number | undefined {
    if (this.#first === undefined) return undefined;
    return Math.max(this.#first, Math.floor((arrivedAt - this.#comparedSeconds) / BUCKET_S) + 1);
  }

  countOf(bucket: number): number {
    return this.#buckets.get(bucket)?.count ?? 0;
  }

  /** Whether the document is known to have been taken in; see `hashes` */
  holds(key: string, bucket: number): boolean {
    return this.#buckets.get(bucket)?.hashes.has(hash(key)) === true;
  }

  /** From now on the bucket holds all that Elasticsearch has: what lacked has been taken in. */
  settle({ bucket, documents, keys }: LackingBucket): void {
    const settled = { count: documents, hashes: this.#buckets.get(bucket)?.hashes ?? new Set<number>() };
    this.#buckets.set(bucket, settled);
    for (const key of keys) this.#remember(settled, key);
  }

  /** Counts anew what arrived since: it is read again. @param arrivedAt seconds since the epoch */
  forgetSince(arrivedAt: number): void {
    const from = Math.floor(arrivedAt / BUCKET_S);
    for (const [number, { hashes }] of this.#buckets) {
      if (number < from) continue;
      this.#hashes -= hashes.size;
      this.#buckets.delete(number);
    }
  }

  state(): ArrivalCountsState {
    return { first: this.#first ?? null, counts: [...this.#buckets].map(([n, { count }]) => [n, count]) };
  }

  restore({ first, counts }: ArrivalCountsState): void {
    this.#first = first ?? undefined;
    for (const [number, count] of counts) this.#buckets.set(number, { count, hashes: new Set() });
  }

  #remember({ hashes }: Bucket, key: string): void {
    this.#hashes -= hashes.size;
    hashes.add(hash(key));
    this.#hashes += hashes.size;
    if (this.#hashes > this.#hashesAtMost) this.#forgetHashes();
  }

  #forget(newest: number): void {
    const oldest = newest - this.#rememberedBuckets;
    for (const [number, { hashes }] of this.#buckets) {
      if (number >= oldest) continue;
      this.#hashes -= hashes.size;
      this.#buckets.delete(number);
    }
  }

  #forgetHashes(): void {
    const oldest = [...this.#buckets].filter(([, { hashes }]) => hashes.size > 0);
    oldest.sort(([a], [b]) => a - b);
    for (const [, { hashes }] of oldest.slice(0, Math.ceil(oldest.length / 4))) {
      this.#hashes -= hashes.size;
      hashes.clear();
    }
  }
}

/** Of whoever has taken everything in up to an arrival, and can't say how many that was. @param arrival ISO 8601 */
export function countedAfter(arrival: string): ArrivalCountsState {
  return { first: Math.floor(Date.parse(arrival) / 1000 / BUCKET_S) + 1, counts: [] };
}

/** FNV-1a, 32 bits. */
function hash(key: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
