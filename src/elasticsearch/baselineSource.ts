import type { estypes } from '@elastic/elasticsearch';
import { type OtRecord, toOtRecord } from '../features/otRecord.js';
import type { HourCount } from '../model/training/structureCounts.js';
import type { BaselineSource } from '../model/training/train.js';
import { FIELD, OT_TRAFFIC, SOURCE_FIELDS, toZeekRow } from '../zeek/otZeekProfile.js';
import { bucketSources, GroupFilters, NO_RESPONSES, recordOfBucket, SLICES, type Slice } from './groups.js';
import type { PointInTime } from './pointInTime.js';

const BUCKETS_A_PAGE = 5_000;
const ROWS_A_PAGE = 5_000;
/** Consecutive rows read from each sampled row on: intervals need neighbours, which single rows don't have. */
const ROWS_A_STRETCH_AT_MOST = 500;
const ROWS_A_STRETCH_AT_LEAST = 50;
/** A sample is spread over the window in at least so many places, while stretches stay long enough. */
const STRETCHES_AT_LEAST = 10;
/** Sample hashes are 48-bit integers. */
const HASHES = 2 ** 48;

/**
 * A baseline in Elasticsearch: exact counts by composite aggregations, samples by content hash.
 *
 * Nothing depends on the index's name, shards or merges: every order is one of field values, with ties only
 * between rows of the same content.
 *
 * @param from seconds since the epoch, inclusive
 * @param to seconds since the epoch, exclusive
 */
export function elasticsearchBaseline(pit: PointInTime, from: number, to: number): BaselineSource {
  const window = { range: { [FIELD.time]: { gte: from * 1000, lt: to * 1000, format: 'epoch_millis' } } };
  const groups = new GroupFilters();
  return {
    async *hourCounts() {
      for (const slice of SLICES) yield* countSlice(pit, window, slice, groups);
    },
    sample: ({ example, rows }, limit, seed) =>
      sampleGroup(pit, [OT_TRAFFIC, window, NO_RESPONSES, groups.filterOf(example)], rows, limit, seed),
  };
}

async function* countSlice(
  pit: PointInTime,
  window: estypes.QueryDslQueryContainer,
  slice: Slice,
  groups: GroupFilters,
): AsyncGenerator<HourCount> {
  let after: Record<string, estypes.FieldValue> | undefined;
  do {
    const response = await pit.search({
      size: 0,
      query: { bool: { filter: [OT_TRAFFIC, window, slice.filter] } },
      aggregations: {
        counts: {
          composite: {
            size: BUCKETS_A_PAGE,
            sources: [
              ...bucketSources(slice.log),
              { hour: { date_histogram: { field: FIELD.time, fixed_interval: '1h' } } },
            ],
            ...(after === undefined ? {} : { after }),
          },
        },
      },
    });
    const counts = response.aggregations?.['counts'] as estypes.AggregationsCompositeAggregate | undefined;
    for (const bucket of (counts?.buckets ?? []) as estypes.AggregationsCompositeBucket[]) {
      const record = recordOfBucket(slice, bucket.key);
      if (record !== undefined) {
        groups.add(slice, record, bucket.key);
        yield { record, hour: Math.floor(Number(bucket.key['hour']) / 3_600_000), rows: bucket.doc_count };
      }
    }
    after = counts?.after_key as Record<string, estypes.FieldValue> | undefined;
  } while (after !== undefined);
}

async function sampleGroup(
  pit: PointInTime,
  filter: estypes.QueryDslQueryContainer[],
  rows: number,
  limit: number,
  seed: number,
): Promise<readonly (readonly OtRecord[])[]> {
  if (rows <= limit) return [await readStretch(pit, filter, Number.NEGATIVE_INFINITY, limit)];
  const stretches: (readonly OtRecord[])[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  const spread = Math.max(ROWS_A_STRETCH_AT_LEAST, Math.floor(limit / STRETCHES_AT_LEAST));
  const length = Math.min(limit, ROWS_A_STRETCH_AT_MOST, spread);
  for (const ts of await anchors(pit, filter, Math.floor(limit / length), seed)) {
    if (ts <= newest) continue;
    const stretch = await readStretch(pit, filter, ts, length);
    newest = stretch[stretch.length - 1]?.ts ?? newest;
    stretches.push(stretch);
  }
  return stretches;
}

/** The times (s, ascending) of a seeded choice of rows: the next ones by content hash from a seeded point on. */
async function anchors(
  pit: PointInTime,
  filter: estypes.QueryDslQueryContainer[],
  size: number,
  seed: number,
): Promise<readonly number[]> {
  const start = Math.floor(((((seed * 0.6180339887498949) % 1) + 1) % 1) * HASHES);
  const from = async (range: object, wanted: number) => {
    if (wanted === 0) return [];
    const response = await pit.search({
      size: wanted,
      _source: [FIELD.ts],
      query: { bool: { filter: [...filter, { range: { [FIELD.hash]: range } }] } },
      sort: [{ [FIELD.hash]: 'asc' }, { [FIELD.ts]: 'asc' }],
    });
    return response.hits.hits.map((hit) => Number(toZeekRow(hit._source)?.columns['ts'] ?? hit.sort?.[1]));
  };
  const above = await from({ gte: start }, size);
  const below = await from({ lt: start }, size - above.length);
  return [...above, ...below].sort((a, b) => a - b);
}

async function readStretch(
  pit: PointInTime,
  filter: estypes.QueryDslQueryContainer[],
  fromTs: number,
  limit: number,
): Promise<readonly OtRecord[]> {
  const since = Number.isFinite(fromTs) ? [{ range: { [FIELD.ts]: { gte: fromTs } } }] : [];
  const rows: OtRecord[] = [];
  const pages = pit.pages({
    size: Math.min(ROWS_A_PAGE, limit),
    _source: [...SOURCE_FIELDS],
    query: { bool: { filter: [...filter, ...since] } },
    sort: [{ [FIELD.ts]: 'asc' }, { [FIELD.hash]: 'asc' }],
  });
  for await (const page of pages) {
    for (const hit of page) {
      const row = toZeekRow(hit.source);
      const record = row === undefined ? undefined : toOtRecord(row);
      if (record !== undefined) rows.push(record);
      if (rows.length >= limit) return rows;
    }
  }
  return rows;
}
