import type { Client } from '@elastic/elasticsearch';
import { explaining } from './errors.js';

/**
 * Elasticsearch's own clock, read off a document that was just written: arrivals are stamped by it, and this
 * host's clock may be hours away from it.
 *
 * @param id of a heartbeat, searchable; the stream's final pipeline stamps its arrival
 * @returns ISO 8601, nanoseconds kept
 */
export async function readServerClock(
  client: Client,
  namespace: string,
  id: string,
): Promise<string | undefined> {
  const { hits } = await explaining('reading the clock of Elasticsearch', () =>
    client.search({
      index: `metrics-ot_anomaly.scorer-${namespace}`,
      size: 1,
      query: { ids: { values: [id] } },
      _source: false,
      fields: [{ field: 'event.ingested', format: 'strict_date_optional_time_nanos' }],
    }),
  );
  const [time] = hits.hits[0]?.fields?.['event.ingested'] ?? [];
  return typeof time === 'string' ? time : undefined;
}
