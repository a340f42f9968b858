import type { OtRecord } from '../features/otRecord.js';
import { sequenceKey } from '../features/relation.js';

/** What is remembered of one kind of row: its first example, and one derived value a slot. */
interface Place {
  readonly example: OtRecord;
  readonly derived: unknown[];
}

/** Kinds of row remembered in each of two generations; a plant has a few thousand. */
const CAPACITY = 20_000;

/**
 * Remembers what was derived from a row's place: its log, sensor, relation, function code, address and quantity.
 * Rows of few places come millions of times, and all keys of a baseline are made of these parts; so a key is built,
 * and a baseline asked, once a place and not once a row.
 *
 * Memory is bounded: places live in two generations, the old one is dropped when the young one is full.
 */
export class Places {
  readonly #capacity: number;
  #young = new Map<string, Place>();
  #old = new Map<string, Place>();
  #slots = 0;
  #last: { readonly record: OtRecord; readonly place: Place } | undefined;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  /**
   * @param derive a function of the record's place alone (never of its time, connection, values or bytes)
   * @returns the same function, worked out once a place
   */
  once<T>(derive: (record: OtRecord) => T): (record: OtRecord) => T {
    const slot = this.#slots++;
    return (record) => {
      const { derived } = this.#placeOf(record);
      if (!(slot in derived)) derived[slot] = derive(record);
      return derived[slot] as T;
    };
  }

  #placeOf(record: OtRecord): Place {
    if (this.#last?.record === record) return this.#last.place;
    const key = sequenceKey(record);
    let place = this.#young.get(key) ?? this.#old.get(key);
    if (place === undefined || !isSamePlace(place.example, record)) place = { example: record, derived: [] };
    this.#last = { record, place };
    if (this.#young.get(key) === place) return place;
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, place);
    return place;
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
