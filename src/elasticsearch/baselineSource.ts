import type { estypes } from '@elastic/elasticsearch';
import { type OtRecord, toOtRecord } from '../features/otRecord.js';
import type { HourCount } from '../model/training/structureCounts.js';
import type { BaselineSource, Group } from '../model/training/train.js';
import {
  FIELD,
  functionField,
  OT_TRAFFIC,
  SCORED_LOGS,
  type ScoredLog,
  SOURCE_FIELDS,
  toZeekRow,
  unitField,
} from '../zeek/otZeekProfile.js';
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
  return {
    async *hourCounts() {
      for (const log of SCORED_LOGS) yield* countLog(pit, window, log);
    },
    sample: (group, limit, seed) => sampleGroup(pit, window, group, limit, seed),
  };
}

async function* countLog(
  pit: PointInTime,
  window: estypes.QueryDslQueryContainer,
  log: ScoredLog,
): AsyncGenerator<HourCount> {
  let after: Record<string, estypes.FieldValue> | undefined;
  const fields = groupFields(log);
  do {
    const response = await pit.search({
      size: 0,
      query: { bool: { filter: [OT_TRAFFIC, window, { term: { [FIELD.log]: log } }] } },
      aggregations: {
        counts: {
          composite: {
            size: BUCKETS_A_PAGE,
            sources: [
              ...Object.entries(fields).map(([name, field]) => ({
                [name]: { terms: { field, missing_bucket: true } },
              })),
              { hour: { date_histogram: { field: FIELD.time, fixed_interval: '1h' } } },
            ],
            ...(after === undefined ? {} : { after }),
          },
        },
      },
    });
    const counts = response.aggregations?.['counts'] as estypes.AggregationsCompositeAggregate | undefined;
    for (const bucket of (counts?.buckets ?? []) as estypes.AggregationsCompositeBucket[]) {
      const record = recordOfBucket(log, bucket.key);
      if (record !== undefined) {
        yield { record, hour: Math.floor(Number(bucket.key['hour']) / 3_600_000), rows: bucket.doc_count };
      }
    }
    after = counts?.after_key as Record<string, estypes.FieldValue> | undefined;
  } while (after !== undefined);
}

/** Which fields tell one group of a log from another. */
function groupFields(log: ScoredLog): Record<string, string> {
  const common = {
    sensor: FIELD.sensor,
    vlan: FIELD.vlan,
    innerVlan: FIELD.innerVlan,
    source: FIELD.source,
    destination: FIELD.destination,
    port: FIELD.port,
    protocol: FIELD.protocol,
  };
  return log === 'conn' ? common : { ...common, unit: unitField(log), func: functionField(log) };
}

function recordOfBucket(log: ScoredLog, key: Readonly<Record<string, unknown>>): OtRecord | undefined {
  const hour = Number(key['hour']);
  return toOtRecord({
    log,
    sensor: typeof key['sensor'] === 'string' ? key['sensor'] : undefined,
    columns: {
      ts: hour / 1000,
      'id.orig_h': key['source'],
      'id.resp_h': key['destination'],
      'id.resp_p': key['port'],
      service: key['protocol'],
      unit: key['unit'],
      func: key['func'],
      vlan: key['vlan'],
      inner_vlan: key['innerVlan'],
    },
  });
}

async function sampleGroup(
  pit: PointInTime,
  window: estypes.QueryDslQueryContainer,
  group: Group,
  limit: number,
  seed: number,
): Promise<readonly (readonly OtRecord[])[]> {
  const filter = [OT_TRAFFIC, window, NO_RESPONSES, ...groupFilter(group.example)];
  if (group.rows <= limit) return [await readStretch(pit, filter, Number.NEGATIVE_INFINITY, limit)];
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

/** Responses have no interval of their own and repeat their request's structure. */
const NO_RESPONSES: estypes.QueryDslQueryContainer = {
  bool: {
    must_not: [
      { term: { 'zeek.modbus.pdu_type': 'RESP' } },
      { term: { 'zeek.modbus_detailed.network_direction': 'response' } },
    ],
  },
};

function groupFilter(record: OtRecord): estypes.QueryDslQueryContainer[] {
  const log = record.log as ScoredLog;
  const [vlan = '-', inner] = record.vlan.split('.');
  const always = [
    { term: { [FIELD.log]: log } },
    { term: { [FIELD.source]: record.source } },
    { term: { [FIELD.destination]: record.destination } },
    { term: { [FIELD.port]: record.port } },
    termOrMissing(FIELD.sensor, record.sensor),
    termOrMissing(FIELD.vlan, vlan === '' ? '-' : vlan),
    termOrMissing(FIELD.innerVlan, inner ?? '-'),
  ];
  return log === 'conn'
    ? always
    : [
        ...always,
        termOrMissing(unitField(log), record.unit),
        termOrMissing(functionField(log), record.functionCode),
      ];
}

function termOrMissing(field: string, value: string): estypes.QueryDslQueryContainer {
  return value === '-' ? { bool: { must_not: [{ exists: { field } }] } } : { term: { [field]: value } };
}
