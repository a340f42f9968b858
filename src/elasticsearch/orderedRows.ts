import type { ZeekRow } from '../features/otRecord.js';
import { compareRows } from '../features/rowOrder.js';
import type { RowReader } from '../profiles/rowReader.js';
import type { Hit } from './pointInTime.js';

/** A hit with the row that it holds, undefined where it holds none. */
export interface ReadHit {
  readonly hit: Hit;
  readonly row: ZeekRow | undefined;
}

/**
 * Pages of hits that are sorted by time become rows in order of time, rows of equal time in the order of what they
 * say: Elasticsearch would order those by shard and segment, and an index convention has milliseconds, in which
 * several messages fit.
 *
 * @param pageSize rows a page that comes out, but for the last
 */
export async function* orderedRows(
  pages: AsyncIterable<readonly Hit[]> | readonly (readonly Hit[])[],
  readRow: RowReader,
  pageSize: number,
): AsyncGenerator<readonly ReadHit[]> {
  let ordered: ReadHit[] = [];
  let tied: ReadHit[] = [];
  for await (const page of pages) {
    const read = page.map((hit): ReadHit => ({ hit, row: readRow(hit.source) }));
    const all = [...tied, ...read];
    const newest = timeOf(all[all.length - 1]);
    const settled = all.findLastIndex((one) => timeOf(one) !== newest) + 1;
    ordered = [...ordered, ...withTiesOrdered(all.slice(0, settled))];
    tied = all.slice(settled);
    for (; ordered.length >= pageSize; ordered = ordered.slice(pageSize)) yield ordered.slice(0, pageSize);
  }
  ordered = [...ordered, ...withTiesOrdered(tied)];
  for (; ordered.length > 0; ordered = ordered.slice(pageSize)) yield ordered.slice(0, pageSize);
}

function withTiesOrdered(rows: readonly ReadHit[]): readonly ReadHit[] {
  const ordered: ReadHit[] = [];
  for (let from = 0; from < rows.length; ) {
    let to = from + 1;
    while (to < rows.length && timeOf(rows[to]) === timeOf(rows[from])) to += 1;
    const ties = rows.slice(from, to);
    if (ties.length > 1) ties.sort(compareTied);
    for (const row of ties) ordered.push(row);
    from = to;
  }
  return ordered;
}

function timeOf(read: ReadHit | undefined): unknown {
  return read?.hit.sort[0];
}

/** What holds no row comes first; it is only counted. */
function compareTied({ row: a }: ReadHit, { row: b }: ReadHit): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return compareRows(a, b);
}
