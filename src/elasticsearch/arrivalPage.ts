import type { Query } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import type { Arrival } from '../scoring/scoringStage.js';
import { paddedNanos } from './nanos.js';
import type { Hit } from './pointInTime.js';

/** In Elasticsearch's date math: by its clock. */
const NOW = 'now';

/** Of arrivals; without an end: all there is. */
export interface Range {
  readonly gte: string;
  readonly lte?: string;
}

/** What is not read row by row: a selection of cyclic rows, and what other partitions judge. */
export interface Selection {
  readonly cyclic: readonly Hit[];
  readonly others: readonly Arrival[];
}

/** A page of rows, with what is read of their time in another way. */
export interface Page extends Selection {
  readonly rows: readonly Hit[];
}

/** Documents by arrival; a stamp of a clock that is ahead is read when its time has come: it must not carry the position on. */
export function arrivedWithin({ arrival: { field } }: IndexProfile, range: Range): Query {
  return allOf({ range: { [field]: { lte: NOW } } }, { range: { [field]: range } });
}

export function allOf(...filter: readonly Query[]): Query {
  return { bool: { filter: [...filter] } };
}

/** What arrived up to then, and what later. */
export function splitAt({ cyclic, others }: Selection, arrival: string): readonly [Selection, Selection] {
  const isNow = (one: string) => one <= arrival;
  return [
    {
      cyclic: cyclic.filter((hit) => isNow(arrivalOf(hit))),
      others: others.filter(({ ingested }) => isNow(ingested)),
    },
    {
      cyclic: cyclic.filter((hit) => !isNow(arrivalOf(hit))),
      others: others.filter(({ ingested }) => !isNow(ingested)),
    },
  ];
}

/** The arrival of a hit that is sorted by it, every digit of nanoseconds. */
export function arrivalOf(hit: Hit | undefined): string {
  return paddedNanos(String(hit?.sort[0]));
}

/** An arrival in seconds since the epoch, to the millisecond. */
export function secondsOf(arrival: string): number {
  return Date.parse(arrival) / 1000;
}
