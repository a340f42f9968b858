import type { estypes } from '@elastic/elasticsearch';
import { type OtRecord, toOtRecord } from '../features/otRecord.js';
import { PART_SECONDS, partOf } from '../model/training/partsOfHour.js';
import { beginOf, type StretchPlan, stretchPlan, withinLimit } from '../model/training/stretchPlan.js';
import type { HourCount } from '../model/training/structureCounts.js';
import type { BaselineSource } from '../model/training/train.js';
import { otTraffic, type Query, sourceFields, timeOrder, timeWindow } from '../profiles/queries.js';
import { type RowReader, rowReader } from '../profiles/rowReader.js';
import type { IndexProfile } from '../profiles/schema.js';
import { addressesSeen } from './addressesSeen.js';
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
import { type Hit, type PointInTime, toHit } from './pointInTime.js';

const BUCKETS_A_PAGE = 5_000;
/** A month has 8,640. */
const PARTS_A_PAGE = 10_000;
const ROWS_A_PAGE = 5_000;
/** Read with a stretch's last row, to see which rows share its time without asking again. */
const ROWS_BEYOND = 20;

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
    parts: ({ example }) => reader.parts([...rows, groups.filterOf(example)]),
    addresses: ({ example }, parts) =>
      addressesSeen(
        pit,
        profile,
        example.log,
        [...rows, noResponses(profile), groups.filterOf(example)],
        parts,
      ),
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
            requests: { filter: noResponses(profile) } as estypes.AggregationsAggregationContainer,
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
        const requests = bucket['requests'] as estypes.AggregationsFilterAggregate | undefined;
        yield {
          record,
          hour: Math.floor(Number(bucket.key['hour']) / 3_600_000),
          rows: bucket.doc_count,
          exceptions: exceptions?.doc_count ?? 0,
          requests: requests?.doc_count ?? 0,
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
  if (rows <= limit) return [await reader.read(filter, limit)];
  const plan = stretchPlan(await reader.hours(filter), limit);
  return withinLimit(await reader.stretches(filter, plan, beginOf(plan, seed)), limit);
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

  /** The first rows, at most `limit`. */
  async read(filter: readonly Query[], limit: number): Promise<readonly OtRecord[]> {
    const pages = this.#pit.pages({
      size: Math.min(ROWS_A_PAGE, limit + ROWS_BEYOND),
      _source: this.#fields,
      query: { bool: { filter: [...filter] } },
      sort: [{ [timeOrder(this.#profile)]: 'asc' }],
    });
    return this.#records(pages, limit);
  }

  /**
   * Of each span of time the first rows, all in one request. Needs no field but the time, so every index convention
   * gives the same stretches for the same rows.
   *
   * @param begin seconds by which spans are moved
   */
  async stretches(
    filter: readonly Query[],
    { seconds, rows }: StretchPlan,
    begin: number,
  ): Promise<readonly (readonly OtRecord[])[]> {
    const response = await this.#pit.search({
      size: 0,
      query: { bool: { filter: [...filter] } },
      aggregations: {
        spans: {
          date_histogram: {
            field: this.#profile.time.field,
            fixed_interval: `${seconds}s`,
            offset: `+${begin}s`,
            min_doc_count: 1,
          },
          aggregations: {
            rows: {
              top_hits: {
                size: rows + ROWS_BEYOND,
                _source: { includes: this.#fields },
                sort: [{ [timeOrder(this.#profile)]: 'asc' }],
              },
            },
          },
        },
      },
    });
    const spans = response.aggregations?.['spans'] as estypes.AggregationsDateHistogramAggregate | undefined;
    const stretches: (readonly OtRecord[])[] = [];
    for (const bucket of (spans?.buckets ?? []) as estypes.AggregationsDateHistogramBucket[]) {
      const { hits } = bucket['rows'] as estypes.AggregationsTopHitsAggregate;
      stretches.push(await this.#records([hits.hits.map(toHit)], rows));
    }
    return stretches;
  }

  async #records(pages: AsyncIterable<readonly Hit[]> | readonly (readonly Hit[])[], limit: number) {
    const records: OtRecord[] = [];
    for await (const page of orderedRows(pages, this.#readRow, Math.min(ROWS_A_PAGE, limit))) {
      for (const { row } of page) {
        const record = row === undefined ? undefined : toOtRecord(row);
        if (record !== undefined) records.push(record);
        if (records.length >= limit) return records;
      }
    }
    return records;
  }

  /** Which five minutes hold rows, since the epoch, ascending. */
  async parts(filter: readonly Query[]): Promise<readonly number[]> {
    const parts: number[] = [];
    let after: Record<string, estypes.FieldValue> | undefined;
    do {
      const part = {
        date_histogram: { field: this.#profile.time.field, fixed_interval: `${PART_SECONDS}s` },
      };
      const response = await this.#pit.search({
        size: 0,
        query: { bool: { filter: [...filter] } },
        aggregations: {
          parts: {
            composite: { size: PARTS_A_PAGE, sources: [{ part }], ...(after === undefined ? {} : { after }) },
          },
        },
      });
      const found = response.aggregations?.['parts'] as estypes.AggregationsCompositeAggregate | undefined;
      for (const { key } of (found?.buckets ?? []) as estypes.AggregationsCompositeBucket[])
        parts.push(partOf(Number(key['part']) / 1000));
      after = found?.after_key as Record<string, estypes.FieldValue> | undefined;
    } while (after !== undefined);
    return parts;
  }

  /** How many hours hold rows. */
  async hours(filter: readonly Query[]): Promise<number> {
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
    return ((hours?.buckets ?? []) as unknown[]).length;
  }
}
