import type { estypes } from '@elastic/elasticsearch';
import { describedLog, logsOf, type Query, scorerInput } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import { type BucketRange, bucketsOf, type Partition } from '../scoring/partition.js';
import type { Arrival } from '../scoring/scoringStage.js';
import { compositeBuckets } from './compositeBuckets.js';
import type { PointInTime } from './pointInTime.js';

/** What a partition of a site reads. */
export interface PartitionRows {
  /** what it judges, with rows that belong to all */
  readonly own: Query;
  /** of what it is told only which relations were there; undefined: there is nothing else */
  readonly others: Query | undefined;
}

/** Rows that name no bucket, and what a sensor says of itself, are read by every partition. */
export function partitionRows(profile: IndexProfile, partition: Partition): PartitionRows {
  const all = scorerInput(profile);
  const { bucket, capture_loss, log_field } = profile;
  if (bucket === undefined || partition.count === 1) return { own: all, others: undefined };
  const own: Query = {
    bool: {
      minimum_should_match: 1,
      should: [
        { range: { [bucket]: rangeOf(bucketsOf(partition)) } },
        { bool: { must_not: [{ exists: { field: bucket } }] } },
        ...(capture_loss === undefined ? [] : [{ terms: { [log_field]: [...capture_loss.dataset] } }]),
      ],
    },
  };
  return {
    own: { bool: { filter: [all, own] } },
    others: { bool: { filter: [all], must_not: [own] } },
  };
}

/**
 * Of rows that other partitions judge, what is counted over several relations: for each relation and log of each minute
 * of Zeek's time one arrival that stands for all its rows, with their newest time. It holds no document; its id is the same
 * however often it is read.
 */
export async function* readOthers(
  pit: PointInTime,
  profile: IndexProfile,
  others: Query,
): AsyncGenerator<Arrival> {
  const { log_field, time, arrival, identity } = profile;
  const parts = {
    sensor: identity.sensor,
    source: identity.source,
    destination: identity.destination,
    port: identity.port,
  };
  const terms = (field: string) => ({ terms: { field, missing_bucket: true } });
  const logs = new Map(
    logsOf(profile).flatMap((log) => describedLog(profile, log).dataset.map((name) => [name, log] as const)),
  );
  const buckets = compositeBuckets(pit, {
    query: others,
    sources: [
      { log: terms(log_field) },
      ...Object.entries(parts).flatMap(([name, spec]) =>
        spec === undefined ? [] : [{ [name]: terms(spec.field) }],
      ),
      { minute: { date_histogram: { field: time.field, fixed_interval: '1m' } } },
    ],
    aggregations: {
      newest: { max: { field: time.field } },
      arrived: { max: { field: arrival.field } },
    },
  });
  for await (const { key, newest, arrived } of buckets) {
    const log = logs.get(String(key['log']));
    if (log === undefined) continue;
    yield {
      index: '',
      id: JSON.stringify(key),
      ingested: endOfMillisecond(Number((arrived as estypes.AggregationsMaxAggregate).value)),
      document: undefined,
      row: {
        log,
        sensor: typeof key['sensor'] === 'string' ? key['sensor'] : undefined,
        columns: {
          ts: Number((newest as estypes.AggregationsMaxAggregate).value) / 1000,
          'id.orig_h': key['source'],
          'id.resp_h': key['destination'],
          'id.resp_p': key['port'],
        },
      },
      isElsewhere: true,
    };
  }
}

/**
 * An aggregation counts arrivals in milliseconds. What it tells of comes behind every row of its millisecond: earlier, it
 * would make those late that arrived before it.
 */
function endOfMillisecond(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '999999Z');
}

function rangeOf({ from, to }: BucketRange) {
  return { ...(from === undefined ? {} : { gte: from }), ...(to === undefined ? {} : { lt: to }) };
}
