import type { Client } from '@elastic/elasticsearch';
import { type Query, rowByRow } from '../profiles/queries.js';
import { rowReader } from '../profiles/rowReader.js';
import type { IndexProfile } from '../profiles/schema.js';
import { type ArrivalCounts, BUCKET_S, type LackingBucket } from '../scoring/arrivalCounts.js';
import type { Arrival } from '../scoring/scoringStage.js';
import { arrivalHistogram } from './arrivalHistogram.js';
import { documentKey, explainingPages, toArrival } from './arrivalReader.js';
import { byArrival } from './byArrival.js';
import { explaining } from './errors.js';
import { PointInTime } from './pointInTime.js';

/** Documents read again in one go at most; what remains is found by the next. */
const READ_AT_MOST = 20_000;

export interface LateArrivals {
  readonly arrivals: readonly Arrival[];
  /** how many more Elasticsearch has than were taken in */
  readonly lacking: number;
  /** where; to be settled once the arrivals have been taken in */
  readonly buckets: readonly LackingBucket[];
  /** true: there was more to read than is read in one go */
  readonly hasMore: boolean;
}

const NONE: LateArrivals = { arrivals: [], lacking: 0, buckets: [], hasMore: false };

export interface LateRange {
  /** seconds since the epoch: arrivals up to then are no longer read by polls */
  readonly until: number;
  readonly pageSize: number;
  readonly profile: IndexProfile;
  /** what was read row by row, but for what is cyclic of it */
  readonly rows: Query;
}

/**
 * Finds documents that became visible so late that the overlap of polls missed them: counts by arrival what
 * Elasticsearch has, compares with what was taken in, and reads again only the seconds in which more is there. It changes no
 * count: whoever takes the arrivals in settles them then, so that a fault in between loses none.
 */
export async function readLateArrivals(
  client: Client,
  index: string,
  counts: Pick<ArrivalCounts, 'firstComparable' | 'countOf' | 'holds'>,
  { until, pageSize, profile, rows }: LateRange,
): Promise<LateArrivals> {
  const first = counts.firstComparable(until);
  const end = Math.floor(until / BUCKET_S);
  if (first === undefined || first >= end) return NONE;
  const doing = `looking for late documents in ${index}`;
  const pit = await explaining(doing, () => PointInTime.open(client, index));
  const readRow = rowReader(profile);
  try {
    const window = inBuckets(profile, rows, first, end);
    const found = await explaining(doing, () => arrivalHistogram(pit, profile, window, BUCKET_S * 1000));
    const arrivals: Arrival[] = [];
    const buckets: LackingBucket[] = [];
    let lacking = 0;
    for (const { at, documents } of found) {
      const bucket = at / 1000 / BUCKET_S;
      const lacks = documents - counts.countOf(bucket);
      if (lacks <= 0) continue;
      if (arrivals.length >= READ_AT_MOST) return { arrivals, lacking, buckets, hasMore: true };
      const keys: string[] = [];
      const pages = pit.pages({
        size: pageSize,
        query: inBuckets(profile, rows, bucket, bucket + 1),
        sort: [byArrival(profile)],
      });
      for await (const page of explainingPages(doing, pages))
        for (const hit of page) {
          const key = documentKey(hit);
          if (counts.holds(key, bucket)) continue;
          arrivals.push(toArrival(hit, readRow));
          keys.push(key);
        }
      buckets.push({ bucket, documents, keys });
      lacking += lacks;
    }
    return { arrivals, lacking, buckets, hasMore: false };
  } finally {
    await pit.close().catch(() => {}); // it expires by itself
  }
}

function inBuckets(profile: IndexProfile, rows: Query, first: number, end: number) {
  const at = (bucket: number) => new Date(bucket * BUCKET_S * 1000).toISOString();
  const window = { range: { [profile.arrival.field]: { gte: at(first), lt: at(end) } } };
  return { bool: { filter: [rowByRow(profile, rows), window] } };
}
