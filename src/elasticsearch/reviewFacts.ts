import type { Client, estypes } from '@elastic/elasticsearch';
import type { Model } from '../model/artifact.js';
import { explaining } from './errors.js';

const DRIFTS_AT_MOST = 100;
const ASSETS_AT_MOST = 10_000;
/** A drift that was told of longer ago has had its review, or fell to its own. */
const DRIFT_DAYS = 7;
const DAY_MS = 86_400_000;

/**
 * Addresses that first entered the inventory after the model's window and that its baseline doesn't know: a reconfiguration
 * that the model has not learnt.
 *
 * @param since ISO 8601, the end of the model's window
 */
export async function readNewAssets(
  client: Client,
  namespace: string,
  { baseline }: Model,
  since: string,
): Promise<readonly string[]> {
  const response = await explaining('reading new assets', () =>
    client.search({
      index: `logs-ot_anomaly.asset-${namespace}`,
      size: 0,
      query: { term: { 'event.kind': 'asset' } },
      aggregations: {
        addresses: {
          terms: { field: 'ot_anomaly.asset.address', size: ASSETS_AT_MOST },
          aggregations: { first: { min: { field: '@timestamp' } } },
        },
      },
    }),
  );
  const known = new Set(
    (['source', 'destination'] as const).flatMap((level) =>
      Object.keys(baseline.structure[level]).flatMap((key) => key.split('|')),
    ),
  );
  return bucketsOf(response.aggregations?.['addresses'])
    .filter(({ key, first }) => !known.has(String(key)) && firstOf(first) >= Date.parse(since))
    .map(({ key }) => String(key))
    .sort();
}

/** Relations whose drift chart alerted in the last days, by what the alert's chart is named for. */
export async function readNewestDrifts(
  client: Client,
  namespace: string,
  now: Date,
): Promise<readonly string[]> {
  const since = new Date(now.getTime() - DRIFT_DAYS * DAY_MS).toISOString();
  const response = await explaining('reading alerts of drift', () =>
    client.search({
      index: `logs-ot_anomaly.anomaly-${namespace}`,
      size: 0,
      query: {
        bool: {
          filter: [
            { term: { 'event.kind': 'alert' } },
            { term: { 'ot_anomaly.detector': 'drift' } },
            { range: { 'event.ingested': { gte: since } } },
          ],
        },
      },
      aggregations: { charts: { terms: { field: 'ot_anomaly.chart', size: DRIFTS_AT_MOST } } },
    }),
  );
  return bucketsOf(response.aggregations?.['charts'])
    .map(({ key }) => String(key))
    .sort();
}

type Bucket = estypes.AggregationsStringTermsBucket;

function bucketsOf(aggregate: unknown): readonly Bucket[] {
  const buckets = (aggregate as estypes.AggregationsStringTermsAggregate | undefined)?.buckets;
  return Array.isArray(buckets) ? buckets : [];
}

/** Milliseconds since the epoch of an asset's first document. */
function firstOf(aggregate: unknown): number {
  return (aggregate as estypes.AggregationsMinAggregate).value ?? 0;
}
