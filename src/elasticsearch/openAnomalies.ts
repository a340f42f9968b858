import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { explaining } from './errors.js';
import { PointInTime } from './pointInTime.js';

const PAGE = 1_000;
const decision = z.object({ ot_anomaly: z.object({ alert: z.object({ id: z.string() }) }) });

/**
 * Alerts of a window of source time on which no decision was ever written.
 *
 * @param from seconds since the epoch, inclusive
 * @param to seconds since the epoch, exclusive
 */
export async function openAnomalies(
  client: Client,
  namespace: string,
  from: number,
  to: number,
): Promise<number> {
  const range = { gte: from * 1000, lt: to * 1000, format: 'epoch_millis' };
  const inWindow = [{ term: { 'event.kind': 'alert' } }, { range: { '@timestamp': range } }];
  const open = new Set<string>();
  await each(client, `logs-ot_anomaly.anomaly-${namespace}`, inWindow, false, (id) => open.add(id));
  if (open.size === 0) return 0;
  const fields = ['ot_anomaly.alert.id'];
  await each(client, `logs-ot_anomaly.decision-${namespace}`, [], fields, (_, source) => {
    const parsed = decision.safeParse(source);
    if (parsed.success) open.delete(parsed.data.ot_anomaly.alert.id);
  });
  return open.size;
}

async function each(
  client: Client,
  index: string,
  filter: object[],
  fields: string[] | false,
  visit: (id: string, source: unknown) => void,
): Promise<void> {
  await explaining(`reading ${index}`, async () => {
    const pit = await PointInTime.open(client, index);
    try {
      const pages = pit.pages({
        size: PAGE,
        _source: fields,
        query: { bool: { filter } },
        sort: [{ '@timestamp': 'asc' }],
      });
      for await (const page of pages) for (const { id, source } of page) visit(id, source);
    } finally {
      await pit.close().catch(() => {}); // it expires by itself
    }
  });
}
