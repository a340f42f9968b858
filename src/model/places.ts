import type { OtRecord } from '../features/otRecord.js';
import { sequenceKey } from '../features/relation.js';

/** What is remembered of one kind of row: its first example, and one derived value a slot. */
interface Place {
  readonly example: OtRecord;
  readonly derived: unknown[];
}

/** Kinds of row remembered in each of two generations; a plant has a few thousand. */
const CAPACITY = 20_000;
/** … and of those that no baseline knows: each of an intruder's is a place of its own, most of them seen once. */
const STRANGERS = 1_000;

/**
 * Remembers what was derived from a row's place: its log, sensor, relation, function code, address and quantity.
 * Rows of few places come millions of times, and all keys of a baseline are made of these parts; so a key is built,
 * and a baseline asked, once a place and not once a row.
 *
 * Memory is bounded: places live in two generations, the old one is dropped when the young one is full. Places of
 * strangers have generations of their own.
 */
export class Places {
  readonly #isKnown: (record: OtRecord) => boolean;
  readonly #known: Generations;
  readonly #strangers: Generations;
  #slots = 0;
  #last: { readonly record: OtRecord; readonly place: Place } | undefined;

  /** @param isKnown whether a record is of a relation of the baseline; without a baseline all are alike */
  constructor(
    isKnown: (record: OtRecord) => boolean = () => true,
    capacity = CAPACITY,
    strangers = STRANGERS,
  ) {
    this.#isKnown = isKnown;
    this.#known = new Generations(capacity);
    this.#strangers = new Generations(strangers);
  }

  /**
   * @param derive a function of the record's place alone (never of its time, connection, values or bytes)
   * @returns the same function, worked out once a place
   */
  once<T>(derive: (record: OtRecord) => T): (record: OtRecord) => T {
    const slot = this.#slots++;
    return (record) => {
      const { derived } = this.#placeOf(record);
      const remembered = derived[slot];
      if (remembered !== undefined || slot in derived) return remembered as T;
      const value = derive(record);
      derived[slot] = value;
      return value;
    };
  }

  #placeOf(record: OtRecord): Place {
    if (this.#last?.record === record) return this.#last.place;
    const key = sequenceKey(record);
    const place = this.#found(key, record) ?? this.#add(key, record);
    this.#last = { record, place };
    return place;
  }

  #found(key: string, record: OtRecord): Place | undefined {
    const known = this.#known.get(key);
    if (known !== undefined && isSamePlace(known.example, record)) return known;
    const stranger = this.#strangers.get(key);
    return stranger !== undefined && isSamePlace(stranger.example, record) ? stranger : undefined;
  }

  #add(key: string, example: OtRecord): Place {
    const place: Place = { example, derived: [] };
    (this.#isKnown(example) ? this.#known : this.#strangers).set(key, place);
    return place;
  }
}

/** Two generations of places: what is asked for moves to the young one. */
class Generations {
  readonly #capacity: number;
  #young = new Map<string, Place>();
  #old = new Map<string, Place>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): Place | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, place: Place): void {
    if (this.#young.size >= this.#capacity && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, place);
  }
}

/** Addresses come from the network: two that join to the same key are still two. */
function isSamePlace(a: OtRecord, b: OtRecord): boolean {
  return (
    a.source === b.source &&
    a.destination === b.destination &&
    a.functionCode === b.functionCode &&
    a.unit === b.unit &&
    a.port === b.port &&
    a.protocol === b.protocol &&
    a.vlan === b.vlan &&
    a.sensor === b.sensor &&
    a.log === b.log &&
    a.address === b.address &&
    a.quantity === b.quantity
  );
}
