import type { Client, estypes } from '@elastic/elasticsearch';
import type { LogHours, Overview } from '../../doctor/examined.js';
import { servicesOf } from '../../features/protocol.js';
import { describedLog, logsOf, otTraffic, type Query, rowsOf } from '../../profiles/queries.js';
import type { IndexProfile } from '../../profiles/schema.js';
import type { ScoredLog } from '../../zeek/scoredLogs.js';
import { explaining } from '../errors.js';

const INDICES_AT_MOST = 200;
const SENSORS_AT_MOST = 100;
const HOUR_MS = 3_600_000;

/** Aggregations over months of rows take longer than other requests. */
const SLOW = { requestTimeout: 300_000 } as const;

interface Bucket {
  readonly key: string | number;
  readonly doc_count: number;
  readonly newest?: { readonly value: number | null };
}
type Aggregates = Record<
  string,
  | { readonly buckets?: readonly Bucket[]; readonly doc_count?: number; readonly value?: number | null }
  | undefined
>;

/** Where the rows are, of which logs and sensors, and when the newest arrived: one request of aggregations. */
export async function readOverview(client: Client, index: string, profile: IndexProfile): Promise<Overview> {
  const { sensor } = profile.identity;
  const newest = { max: { field: profile.time.field } };
  const spoken = (protocol: 'modbus' | 'dnp3' | 'enip') =>
    ({ filter: connectionsOf(profile, protocol) }) as estypes.AggregationsAggregationContainer;
  const response = await explaining(`counting the rows of ${index}`, () =>
    client.search<unknown, Aggregates>(
      {
        index,
        allow_no_indices: true,
        ignore_unavailable: true,
        allow_partial_search_results: false,
        size: 0,
        track_total_hits: true,
        query: { bool: { filter: [otTraffic(profile)] } },
        aggregations: {
          indices: { terms: { field: '_index', size: INDICES_AT_MOST } },
          datasets: { terms: { field: profile.log_field, size: 100 } },
          ...(sensor === undefined
            ? {}
            : {
                sensors: {
                  terms: { field: sensor.field, size: SENSORS_AT_MOST },
                  aggregations: { newest },
                },
              }),
          withoutArrival: { missing: { field: profile.arrival.field } },
          newestArrival: { max: { field: profile.arrival.field } },
          modbus: spoken('modbus'),
          dnp3: spoken('dnp3'),
          enip: spoken('enip'),
        },
      },
      SLOW,
    ),
  );
  const found = response.aggregations ?? {};
  const datasets = new Map(buckets(found, 'datasets').map(({ key, doc_count }) => [String(key), doc_count]));
  const { total } = response.hits;
  return {
    rows: typeof total === 'object' ? total.value : 0,
    indices: buckets(found, 'indices').map(({ key, doc_count }) => ({ index: String(key), rows: doc_count })),
    logs: logsOf(profile).flatMap((log) => {
      const rows = describedLog(profile, log).dataset.reduce(
        (sum, name) => sum + (datasets.get(name) ?? 0),
        0,
      );
      return rows === 0 ? [] : [{ log, rows }];
    }),
    sensors: buckets(found, 'sensors').map(({ key, doc_count, newest }) => ({
      sensor: String(key),
      rows: doc_count,
      newest: newest?.value ?? 0,
    })),
    spoken: {
      modbus: found['modbus']?.doc_count ?? 0,
      dnp3: found['dnp3']?.doc_count ?? 0,
      enip: found['enip']?.doc_count ?? 0,
    },
    withoutArrival: found['withoutArrival']?.doc_count ?? 0,
    newestArrival: found['newestArrival']?.value ?? undefined,
    serverNow: await readServerNow(client, index, profile.arrival.field),
  };
}

function connectionsOf(profile: IndexProfile, protocol: 'modbus' | 'dnp3' | 'enip'): Query {
  const { conn } = profile.logs;
  if (conn?.service === undefined) return { match_none: {} };
  const services = [...servicesOf(protocol)];
  return {
    bool: {
      filter: [rowsOf(profile, 'conn')],
      minimum_should_match: 1,
      should: conn.service.map((field) => ({ terms: { [field]: services } })),
    },
  };
}

/**
 * Elasticsearch's clock (ms), with nothing but `read`: a date range that begins `now` says in its answer when that was.
 *
 * @returns undefined where no index has the field
 */
export async function readServerNow(
  client: Client,
  index: string,
  field: string,
): Promise<number | undefined> {
  const response = await explaining('asking Elasticsearch for its time', () =>
    client.search<unknown, { now?: { buckets?: readonly { from?: number }[] } }>({
      index,
      allow_no_indices: true,
      ignore_unavailable: true,
      size: 0,
      aggregations: { now: { date_range: { field, ranges: [{ from: 'now' }] } } },
    }),
  );
  const now = response.aggregations?.now?.buckets?.[0]?.from;
  return now === undefined || now <= 0 ? undefined : now;
}

/** The hours in which a log has rows. */
export async function readLogHours(
  client: Client,
  index: string,
  profile: IndexProfile,
  log: ScoredLog,
): Promise<LogHours> {
  const response = await explaining(`counting the hours of ${log}`, () =>
    client.search<unknown, Aggregates>(
      {
        index,
        allow_no_indices: true,
        ignore_unavailable: true,
        allow_partial_search_results: false,
        size: 0,
        track_total_hits: true,
        query: { bool: { filter: [otTraffic(profile), rowsOf(profile, log)] } },
        aggregations: {
          hours: { date_histogram: { field: profile.time.field, fixed_interval: '1h', min_doc_count: 1 } },
        },
      },
      SLOW,
    ),
  );
  const { total } = response.hits;
  return {
    log,
    rows: typeof total === 'object' ? total.value : 0,
    hours: buckets(response.aggregations ?? {}, 'hours').map(({ key }) => Math.floor(Number(key) / HOUR_MS)),
  };
}

/** Rows that a pipeline of ours kept because it could not parse them, and all rows. */
export async function readPipelineErrors(
  client: Client,
  index: string,
): Promise<{ readonly errors: number; readonly rows: number }> {
  const response = await explaining('counting rows that could not be parsed', () =>
    client.search<unknown, Record<string, estypes.AggregationsFilterAggregate>>(
      {
        index,
        allow_no_indices: true,
        ignore_unavailable: true,
        size: 0,
        track_total_hits: true,
        aggregations: { errors: { filter: { term: { 'event.kind': 'pipeline_error' } } } },
      },
      SLOW,
    ),
  );
  const { total } = response.hits;
  return {
    errors: response.aggregations?.['errors']?.doc_count ?? 0,
    rows: typeof total === 'object' ? total.value : 0,
  };
}

function buckets(aggregates: Aggregates, name: string): readonly Bucket[] {
  return aggregates[name]?.buckets ?? [];
}
