import { type Query, scorerInput } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import { type BucketRange, bucketsOf, type Partition } from '../scoring/partition.js';
import { type Arrivals, firstRows } from './firstRows.js';
import type { Hit, PointInTime } from './pointInTime.js';

/**
 * What is counted over several partitions goes by the hour (fan_out.ts) or bears some seconds (silence, a sensor's
 * health): more than the first row of a relation's in each of these, of Zeek's time, it needs of nobody.
 */
const MINUTE = '1m';

/** What a partition of a site reads. */
export interface PartitionRows {
  /** what it judges, with rows that belong to all */
  readonly own: Query;
  /** of what it is given a selection; undefined: there is nothing else */
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
 * Of rows that other partitions judge, the first one of each relation and log in each minute of Zeek's time and each
 * stretch of arrivals.
 *
 * @param seconds length of a stretch
 */
export function readOthersRows(
  pit: PointInTime,
  profile: IndexProfile,
  others: Query,
  arrivals: Arrivals,
  seconds: number,
): AsyncGenerator<Hit> {
  const { log_field, time } = profile;
  const { source, destination, port, sensor, vlan, inner_vlan } = profile.identity;
  const parts = Object.entries({ sensor, vlan, inner_vlan, source, destination, port });
  const kinds = [
    { log: { terms: { field: log_field, missing_bucket: true } } },
    ...parts.flatMap(([name, spec]) =>
      spec === undefined ? [] : [{ [name]: { terms: { field: spec.field, missing_bucket: true } } }],
    ),
    { minute: { date_histogram: { field: time.field, fixed_interval: MINUTE } } },
  ];
  return firstRows(pit, profile, others, kinds, arrivals, seconds);
}

function rangeOf({ from, to }: BucketRange) {
  return { ...(from === undefined ? {} : { gte: from }), ...(to === undefined ? {} : { lt: to }) };
}
