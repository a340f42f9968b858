import type { Client, estypes } from '@elastic/elasticsearch';
import type { Arrivals, Lag } from '../../doctor/examined.js';
import { describedLog, logsOf, otTraffic, type Query } from '../../profiles/queries.js';
import type { IndexProfile } from '../../profiles/schema.js';
import { explaining } from '../errors.js';

const DAY_MS = 86_400_000;
/** Percentiles of so many rows are good to a fraction of a percent. */
const ROWS_SAMPLED = 200_000;
const SENSORS_AT_MOST = 50;
/** Elasticsearch takes a probability of at most a half, or 1. */
const PROBABILITY_AT_MOST = 0.5;

/** Arrival minus time in seconds; rows that lack one of them give none. */
const LAG = `if (doc.containsKey(params.arrival) && doc.containsKey(params.time)
  && doc[params.arrival].size() > 0 && doc[params.time].size() > 0)
  emit((doc[params.arrival].value.toInstant().toEpochMilli() - doc[params.time].value.toInstant().toEpochMilli()) / 1000.0)`;

interface Found {
  readonly earliest?: { readonly value: number | null };
  readonly latest?: { readonly value: number | null };
  readonly first?: { readonly value: number | null };
  readonly last?: { readonly value: number | null };
  readonly sensors?: { readonly buckets: readonly { readonly key: string; readonly lag: Percentiles }[] };
  readonly lag?: Percentiles;
  readonly doc_count: number;
}
interface Percentiles {
  readonly values: Readonly<Record<string, number | null>>;
}

/**
 * How long rows took to arrive, over the last day before the newest arrival. Connections are left out where there are
 * other rows: they carry the time of their start and are logged at their end.
 *
 * @param newestArrival ms since the epoch
 */
export async function readArrivals(
  client: Client,
  index: string,
  profile: IndexProfile,
  newestArrival: number,
): Promise<Arrivals> {
  const messages = logsOf(profile).filter((log) => log !== 'conn');
  const since: Query = {
    range: { [profile.arrival.field]: { gte: newestArrival - DAY_MS, format: 'epoch_millis' } },
  };
  const isMessage: Query = {
    terms: { [profile.log_field]: messages.flatMap((log) => describedLog(profile, log).dataset) },
  };
  for (const [filter, connectionsOnly] of [
    [[otTraffic(profile), since, isMessage], false],
    [[otTraffic(profile), since], true],
  ] as const) {
    const query = { bool: { filter: [...filter] } };
    const { count } = await explaining(`counting what arrived in ${index}`, () =>
      client.count({ index, query, ignore_unavailable: true }),
    );
    if (count > 0)
      return { rows: count, connectionsOnly, ...(await sampleLag(client, index, profile, query, count)) };
  }
  return { rows: 0, rowSpan: 0, arrivalSpan: 0, lags: [], connectionsOnly: false };
}

async function sampleLag(
  client: Client,
  index: string,
  profile: IndexProfile,
  query: Query,
  rows: number,
): Promise<Pick<Arrivals, 'rowSpan' | 'arrivalSpan' | 'lags'>> {
  const share = ROWS_SAMPLED / rows;
  const probability = share > PROBABILITY_AT_MOST ? 1 : share;
  const lag = { percentiles: { field: 'ot_anomaly_lag', percents: [1, 50, 99] } };
  const { sensor } = profile.identity;
  const response = await explaining(`measuring how late rows arrive in ${index}`, () =>
    client.search<unknown, { sample?: Found }>(
      {
        index,
        ignore_unavailable: true,
        size: 0,
        query: { bool: { filter: [query] } },
        runtime_mappings: {
          ot_anomaly_lag: {
            type: 'double',
            script: {
              source: LAG,
              params: { arrival: profile.arrival.field, time: profile.time.field },
            },
          },
        },
        aggregations: {
          sample: {
            random_sampler: { probability, seed: 1 },
            aggregations: {
              earliest: { min: { field: profile.time.field } },
              latest: { max: { field: profile.time.field } },
              first: { min: { field: profile.arrival.field } },
              last: { max: { field: profile.arrival.field } },
              lag,
              ...(sensor === undefined
                ? {}
                : {
                    sensors: {
                      terms: { field: sensor.field, size: SENSORS_AT_MOST },
                      aggregations: { lag },
                    },
                  }),
            },
          } as estypes.AggregationsAggregationContainer,
        },
      },
      { requestTimeout: 300_000 },
    ),
  );
  const found = response.aggregations?.sample;
  const bySensor = (found?.sensors?.buckets ?? []).map(({ key, lag }) => toLag(key, lag));
  return {
    rowSpan: ((found?.latest?.value ?? 0) - (found?.earliest?.value ?? 0)) / 1000,
    arrivalSpan: ((found?.last?.value ?? 0) - (found?.first?.value ?? 0)) / 1000,
    lags: bySensor.length > 0 ? bySensor : found?.lag === undefined ? [] : [toLag('-', found.lag)],
  };
}

function toLag(sensor: string, { values }: Percentiles): Lag {
  const at = (percent: string) => values[percent] ?? 0;
  return { sensor, p01: at('1.0'), p50: at('50.0'), p99: at('99.0') };
}
