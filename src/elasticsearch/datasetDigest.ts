import { createHash } from 'node:crypto';
import { type OtRecord, toOtRecord } from '../features/otRecord.js';
import { otTraffic, sourceFields, timeOrder, timeWindow } from '../profiles/queries.js';
import { rowReader } from '../profiles/rowReader.js';
import type { IndexProfile } from '../profiles/schema.js';
import { canonicalBytes } from '../registry/digest.js';
import { orderedRows } from './orderedRows.js';
import type { PointInTime } from './pointInTime.js';

export interface DatasetDigest {
  readonly sha256: string;
  /** log → rows */
  readonly rows: Readonly<Record<string, number>>;
}

const ROWS_A_PAGE = 5_000;

/**
 * SHA-256 over every row that training may see, as training sees it, in order of Zeek's time and content: the same rows
 * give the same digest, whatever index, shard or convention they lie in. It reads every row once.
 *
 * @param from seconds since the epoch, inclusive
 * @param to seconds since the epoch, exclusive
 */
export async function datasetDigest(
  pit: PointInTime,
  from: number,
  to: number,
  profile: IndexProfile,
): Promise<DatasetDigest> {
  const hash = createHash('sha256');
  const rows = new Map<string, number>();
  const pages = pit.pages({
    size: ROWS_A_PAGE,
    _source: sourceFields(profile),
    query: { bool: { filter: [otTraffic(profile), timeWindow(profile, from, to)] } },
    sort: [{ [timeOrder(profile)]: 'asc' }],
  });
  for await (const page of orderedRows(pages, rowReader(profile), ROWS_A_PAGE)) {
    for (const { row } of page) {
      const record = row === undefined ? undefined : toOtRecord(row);
      if (record === undefined) continue;
      hash.update(canonicalBytes(defined(record)));
      hash.update('\n');
      rows.set(record.log, (rows.get(record.log) ?? 0) + 1);
    }
  }
  return { sha256: hash.digest('hex'), rows: Object.fromEntries([...rows].sort()) };
}

function defined(record: OtRecord): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
