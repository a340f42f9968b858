import type { Client, estypes } from '@elastic/elasticsearch';
import type { Alert } from '../triage/alert.js';
import { anomalyStream, toAlert } from './alertStore.js';
import { explaining } from './errors.js';

export interface QueueFilter {
  /** by arrival: a sensor's clock may be years off, and no alert must be missed for it */
  readonly since: Date;
  /** alerts that arrived later are left out */
  readonly until?: Date;
  /** `event.severity` at least */
  readonly severity: number;
  readonly protocol: string;
  /** of either end */
  readonly address: string;
  /** alerts that are left out: those with a verdict */
  readonly without: ReadonlySet<string>;
  readonly page: number;
}

export interface QueuePage {
  readonly alerts: readonly Alert[];
  readonly total: number;
  /** of the whole filter: the one that has waited longest */
  readonly oldest: Alert | undefined;
}

export const QUEUE_PAGE_SIZE = 50;
/** Elasticsearch's own limit on terms of a query; past it, alerts show though they are decided, never the reverse. */
const WITHOUT_MAX = 60_000;

/** One page of alerts, newest first, with their exact number and the oldest of them. */
export async function alertQueue(client: Client, namespace: string, filter: QueueFilter): Promise<QueuePage> {
  const index = anomalyStream(namespace);
  const without = [...filter.without].slice(0, WITHOUT_MAX);
  const query: estypes.QueryDslQueryContainer = {
    bool: {
      filter: [
        { term: { 'event.kind': 'alert' } },
        {
          range: {
            'event.ingested': {
              gte: filter.since.toISOString(),
              ...(filter.until === undefined ? {} : { lte: filter.until.toISOString() }),
            },
          },
        },
        ...(filter.severity > 0 ? [{ range: { 'event.severity': { gte: filter.severity } } }] : []),
        ...(filter.protocol === '' ? [] : [{ term: { 'network.protocol': filter.protocol } }]),
        ...(filter.address === ''
          ? []
          : [
              {
                multi_match: { query: filter.address, fields: ['source.address', 'destination.address'] },
              } satisfies estypes.QueryDslQueryContainer,
            ]),
      ],
      ...(without.length === 0 ? {} : { must_not: [{ ids: { values: without } }] }),
    },
  };
  const search = (order: 'asc' | 'desc', size: number, from: number) =>
    explaining(`reading ${index}`, () =>
      client.search({
        index,
        size,
        from,
        query,
        track_total_hits: true,
        _source: { excludes: ['ot_anomaly.zeek.document'] },
        sort: [{ 'event.ingested': order }],
        allow_partial_search_results: false,
      }),
    );
  const from = Math.min(filter.page * QUEUE_PAGE_SIZE, 9_900); // the window of a search without cursor
  const [newest, oldest] = await Promise.all([search('desc', QUEUE_PAGE_SIZE, from), search('asc', 1, 0)]);
  const alerts = (response: estypes.SearchResponse<unknown>) =>
    response.hits.hits.flatMap(({ _id = '', _source }) => toAlert(_id, index, _source) ?? []);
  const { total } = newest.hits;
  return {
    alerts: alerts(newest),
    total: typeof total === 'number' ? total : (total?.value ?? 0),
    oldest: alerts(oldest)[0],
  };
}

/** The Zeek row within an alert, as it came from the network, and where it was read from. */
export async function sourceRow(client: Client, namespace: string, id: string): Promise<unknown> {
  const { hits } = await explaining('reading an alert', () =>
    client.search({
      index: anomalyStream(namespace),
      size: 1,
      _source: ['ot_anomaly.zeek.document'],
      query: { ids: { values: [id] } },
    }),
  );
  const [source] = hits.hits.map(
    ({ _source }) => _source as { ot_anomaly?: { zeek?: { document?: unknown } } },
  );
  return source?.ot_anomaly?.zeek?.document;
}

/** Alerts by their ids, in no order; those that are gone are left out. */
export async function alertsById(
  client: Client,
  namespace: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Alert>> {
  const index = anomalyStream(namespace);
  if (ids.length === 0) return new Map();
  const { hits } = await explaining(`reading ${index}`, () =>
    client.search({
      index,
      size: Math.min(ids.length, 1_000),
      query: { ids: { values: [...ids] } },
      _source: { excludes: ['ot_anomaly.zeek.document'] },
    }),
  );
  return new Map(
    hits.hits.flatMap(({ _id = '', _source }) => {
      const alert = toAlert(_id, index, _source);
      return alert === undefined ? [] : [[_id, alert] as const];
    }),
  );
}
