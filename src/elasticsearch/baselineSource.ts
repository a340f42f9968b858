import type { estypes } from '@elastic/elasticsearch';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { OtRecord } from '../features/otRecord.js';
import type { HourCount } from '../model/training/structureCounts.js';
import type { BaselineSource } from '../model/training/train.js';
import { otTraffic, type Query, since, sourceFields, timeOrder, timeWindow } from '../profiles/queries.js';
import { type RowReader, rowReader } from '../profiles/rowReader.js';
import type { IndexProfile } from '../profiles/schema.js';
import {
  bucketSources,
  exceptionsOf,
  GroupFilters,
  noResponses,
  recordOfBucket,
  type Slice,
  slicesOf,
} from './groups.js';
import { orderedRows } from './orderedRows.js';
import type { PointInTime } from './pointInTime.js';

const BUCKETS_A_PAGE = 5_000;
const ROWS_A_PAGE = 5_000;
/** Consecutive rows read from each sampled row on: intervals need neighbours, which single rows don't have. */
const ROWS_A_STRETCH_AT_MOST = 500;
const ROWS_A_STRETCH_AT_LEAST = 50;
/** A sample is spread over the window in at least so many places, while stretches stay long enough. */
const STRETCHES_AT_LEAST = 10;
/** Read with a stretch's last row, to see which rows share its time without asking again. */
const ROWS_BEYOND = 20;
const HOUR = 3600;

/**
 * A baseline in Elasticsearch: exact counts by composite aggregations, samples from seeded places of the window.
 *
 * Nothing depends on the index's name, shards or merges: every order is one of field values, with ties only
 * between rows of the same content.
 *
 * @param from seconds since the epoch, inclusive
 * @param to seconds since the epoch, exclusive
 */
export function elasticsearchBaseline(
  pit: PointInTime,
  from: number,
  to: number,
  profile: IndexProfile,
): BaselineSource {
  const rows = [otTraffic(profile), timeWindow(profile, from, to)];
  const groups = new GroupFilters();
  const reader = new StretchReader(pit, profile);
  return {
    async *hourCounts() {
      for (const slice of slicesOf(profile)) yield* countSlice(pit, profile, rows, slice, groups);
    },
    sample: ({ example, rows: counted }, limit, seed) =>
      sampleGroup(reader, [...rows, noResponses(profile), groups.filterOf(example)], counted, limit, seed),
  };
}

async function* countSlice(
  pit: PointInTime,
  profile: IndexProfile,
  rows: readonly Query[],
  slice: Slice,
  groups: GroupFilters,
): AsyncGenerator<HourCount> {
  let after: Record<string, estypes.FieldValue> | undefined;
  do {
    const response = await pit.search({
      size: 0,
      query: { bool: { filter: [...rows, slice.filter] } },
      aggregations: {
        counts: {
          composite: {
            size: BUCKETS_A_PAGE,
            sources: [
              ...bucketSources(slice),
              { hour: { date_histogram: { field: profile.time.field, fixed_interval: '1h' } } },
            ],
            ...(after === undefined ? {} : { after }),
          },
          aggregations: {
            exceptions: {
              filter: exceptionsOf(profile, slice.log),
            } as estypes.AggregationsAggregationContainer,
          },
        },
      },
    });
    const counts = response.aggregations?.['counts'] as estypes.AggregationsCompositeAggregate | undefined;
    for (const bucket of (counts?.buckets ?? []) as estypes.AggregationsCompositeBucket[]) {
      const record = recordOfBucket(slice, bucket.key);
      if (record !== undefined) {
        groups.add(slice, record, bucket.key);
        const exceptions = bucket['exceptions'] as estypes.AggregationsFilterAggregate | undefined;
        yield {
          record,
          hour: Math.floor(Number(bucket.key['hour']) / 3_600_000),
          rows: bucket.doc_count,
          exceptions: exceptions?.doc_count ?? 0,
        };
      }
    }
    after = counts?.after_key as Record<string, estypes.FieldValue> | undefined;
  } while (after !== undefined);
}

async function sampleGroup(
  reader: StretchReader,
  filter: readonly Query[],
  rows: number,
  limit: number,
  seed: number,
): Promise<readonly (readonly OtRecord[])[]> {
  if (rows <= limit) return [await reader.read(filter, Number.NEGATIVE_INFINITY, limit)];
  const stretches: (readonly OtRecord[])[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  const spread = Math.max(ROWS_A_STRETCH_AT_LEAST, Math.floor(limit / STRETCHES_AT_LEAST));
  const length = Math.min(limit, ROWS_A_STRETCH_AT_MOST, spread);
  for (const ts of anchors(await reader.hours(filter), Math.floor(limit / length), seed)) {
    if (ts <= newest) continue;
    const stretch = await reader.read(filter, ts, length);
    newest = stretch[stretch.length - 1]?.ts ?? newest;
    stretches.push(stretch);
  }
  return stretches;
}

interface HourRows {
  /** hours since the epoch, UTC */
  readonly hour: number;
  readonly rows: number;
}

/**
 * Times (s, ascending) at which stretches begin: of equal shares of the rows, one seeded place each, found by the rows
 * an hour and taken as evenly spread within it. Needs no field but the time, so every index convention gives the
 * same places for the same rows.
 */
function anchors(hours: readonly HourRows[], size: number, seed: number): readonly number[] {
  const random = xoroshiro128plus(seed);
  const total = hours.reduce((sum, { rows }) => sum + rows, 0);
  const found: number[] = [];
  let index = 0;
  let before = 0;
  for (let share = 0; share < size; share += 1) {
    const rank = ((share + uniformFloat64(random)) / size) * total;
    while (index < hours.length - 1 && before + (hours[index]?.rows ?? 0) <= rank) {
      before += hours[index]?.rows ?? 0;
      index += 1;
    }
    const { hour, rows } = hours[index] ?? { hour: 0, rows: 1 };
    found.push((hour + (rank - before) / rows) * HOUR);
  }
  return found;
}

class StretchReader {
  readonly #pit: PointInTime;
  readonly #profile: IndexProfile;
  readonly #readRow: RowReader;
  readonly #fields: string[];

  constructor(pit: PointInTime, profile: IndexProfile) {
    this.#pit = pit;
    this.#profile = profile;
    this.#readRow = rowReader(profile);
    this.#fields = sourceFields(profile);
  }

  /** The next rows from a time on (s), at most `limit`. */
  async read(filter: readonly Query[], fromTs: number, limit: number): Promise<readonly OtRecord[]> {
    const from = Number.isFinite(fromTs) ? [since(this.#profile, fromTs)] : [];
    const rows: OtRecord[] = [];
    const pages = this.#pit.pages({
      size: Math.min(ROWS_A_PAGE, limit + ROWS_BEYOND),
      _source: this.#fields,
      query: { bool: { filter: [...filter, ...from] } },
      sort: [{ [timeOrder(this.#profile)]: 'asc' }],
    });
    for await (const page of orderedRows(pages, this.#readRow, Math.min(ROWS_A_PAGE, limit))) {
      for (const { record } of page) {
        if (record !== undefined) rows.push(record);
        if (rows.length >= limit) return rows;
      }
    }
    return rows;
  }

  async hours(filter: readonly Query[]): Promise<readonly HourRows[]> {
    const response = await this.#pit.search({
      size: 0,
      query: { bool: { filter: [...filter] } },
      aggregations: {
        hours: {
          date_histogram: { field: this.#profile.time.field, fixed_interval: '1h', min_doc_count: 1 },
        },
      },
    });
    const hours = response.aggregations?.['hours'] as estypes.AggregationsDateHistogramAggregate | undefined;
    const buckets = (hours?.buckets ?? []) as estypes.AggregationsDateHistogramBucket[];
    return buckets.map(({ key, doc_count }) => ({ hour: Math.floor(key / 3_600_000), rows: doc_count }));
  }
}
