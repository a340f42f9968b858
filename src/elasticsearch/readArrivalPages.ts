import type { estypes } from '@elastic/elasticsearch';
import { isoOf } from '../isoTime.js';
import { rowByRow } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import type { Arrival } from '../scoring/scoringStage.js';
import {
  allOf,
  arrivalOf,
  arrivedWithin,
  type Page,
  type Range,
  type Selection,
  secondsOf,
  splitAt,
} from './arrivalPage.js';
import { byArrival } from './byArrival.js';
import { readCyclicRows } from './cyclicRows.js';
import { type PartitionRows, readOthers } from './partitionRows.js';
import { type Hit, type PointInTime, toHit } from './pointInTime.js';

export interface PageReading {
  readonly profile: IndexProfile;
  readonly rows: PartitionRows;
  readonly pageSize: number;
  readonly now: () => Date;
}

/** Arrivals from which on each kind of row is read, seconds since the epoch. */
export interface Since {
  /** what is read row by row */
  readonly rows: number;
  readonly cyclic: number;
  /** what other partitions judge */
  readonly others: number;
}

/** Enough that the look at the rest of a backlog, once a range, costs little. */
const PAGES_A_RANGE = 16;
/** Stretches in which cyclic rows of one relation are read at once, at most: a backlog of ten minutes by the second. */
const STRETCHES_AT_MOST = 600;

/**
 * Pages of rows, in order of arrival, with what is read of their time in another way. For each page Elasticsearch looks
 * at every row of its range: a backlog is read in ranges of some pages each, as wide as its first page suggests. What
 * makes up one range at most is read to its end.
 */
export async function* readArrivalPages(
  pit: PointInTime,
  reading: PageReading,
  since: Since,
): AsyncGenerator<Page> {
  const { profile, pageSize } = reading;
  const body = (range: Range) => ({
    size: pageSize,
    query: { bool: { filter: [rowByRow(profile, reading.rows.own), arrivedWithin(profile, range)] } },
    sort: [byArrival(profile)],
  });
  for (let from = since; ; ) {
    const range = body({ gte: isoOf(from.rows) });
    const { hits } = await pit.search({ ...range, track_total_hits: PAGES_A_RANGE * pageSize });
    const first = hits.hits.map(toHit);
    const last = first.length < pageSize ? undefined : arrivalOf(first[pageSize - 1]);
    const lte = isAll(hits) || last === undefined ? undefined : endOfRange(arrivalOf(first[0]), last);
    let rest = await readSelection(pit, reading, from, lte);
    if (last === undefined) {
      yield { rows: first, ...rest };
      return;
    }
    const next = body({ gte: last, ...(lte === undefined ? {} : { lte }) });
    for await (const rows of startWith(first, pit.pages(next))) {
      const [now, later] = splitAt(rest, arrivalOf(rows[rows.length - 1]));
      yield { rows, ...now };
      rest = later;
    }
    yield { rows: [], ...rest };
    if (lte === undefined) return;
    const end = secondsOf(lte);
    from = { rows: end, cyclic: end, others: end };
  }
}

/** @param lte arrival up to which to read; undefined: all there is */
async function readSelection(
  pit: PointInTime,
  reading: PageReading,
  since: Since,
  lte: string | undefined,
): Promise<Selection> {
  return {
    cyclic: await readCyclic(pit, reading, since.cyclic, lte),
    others: await readNews(pit, reading, since.others, lte),
  };
}

/**
 * Stretches of cyclic rows are seconds, and in a backlog so long that a relation has STRETCHES_AT_MOST. A second that
 * began earlier is looked at from its beginning: its first row is known then. A longer stretch is not, since how long it is
 * hangs on this host's clock: what arrived before the overlap would come as new.
 */
function readCyclic(
  pit: PointInTime,
  { profile, rows, now }: PageReading,
  from: number,
  lte: string | undefined,
): Promise<readonly Hit[]> {
  const end = lte === undefined ? now().getTime() / 1000 : secondsOf(lte);
  const stretch = Math.max(1, Math.ceil((end - from) / STRETCHES_AT_MOST));
  const arrived = arrivedWithin(profile, rangeOf(Math.floor(from), lte));
  return collect(readCyclicRows(pit, profile, allOf(rows.own, arrived), stretch));
}

async function readNews(
  pit: PointInTime,
  { profile, rows: { others } }: PageReading,
  from: number,
  lte: string | undefined,
): Promise<readonly Arrival[]> {
  if (others === undefined) return [];
  return collect(readOthers(pit, profile, allOf(others, arrivedWithin(profile, rangeOf(from, lte)))));
}

function rangeOf(from: number, lte: string | undefined): Range {
  return { gte: isoOf(from), ...(lte === undefined ? {} : { lte }) };
}

/** Whether a search that counts up to a limit found no more than that. */
function isAll({ total }: estypes.SearchHitsMetadata<unknown>): boolean {
  return typeof total === 'object' && total.relation === 'eq';
}

/** Where a range ends whose first page's arrivals lie between these two. */
function endOfRange(first: string, last: string): string {
  const span = secondsOf(last) - secondsOf(first);
  return isoOf(secondsOf(last) + Math.max(PAGES_A_RANGE * span, 1));
}

async function* startWith<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
