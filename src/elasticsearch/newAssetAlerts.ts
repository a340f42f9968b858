import type { Client } from '@elastic/elasticsearch';
import { functionClass } from '../features/functionClass.js';
import { PROTOCOLS } from '../features/protocol.js';
import type { NewAssetList } from '../governance/review/newAssetList.js';
import { alertSchema } from '../triage/alert.js';
import { explaining } from './errors.js';
import { PointInTime } from './pointInTime.js';

const PAGE = 1_000;
/** What says that two ends speak, or try to. A new function of a known pair, a scan, a drift or a silence stays in view. */
const KINDS = ['communication', 'attempts'];

/**
 * Ids of alerts that views leave out while a signed list is in force: those that say no more than that the two ends of a
 * listed relation speak, by connections and reads. What writes, operates or programs stays in view, whoever signed.
 */
export async function newAssetAlerts(
  client: Client,
  namespace: string,
  lists: readonly NewAssetList[],
  since: Date,
): Promise<ReadonlySet<string>> {
  const left = new Set<string>();
  const relations = lists.flatMap((list) => list.relations);
  if (relations.length === 0) return left;
  const query = {
    bool: {
      filter: [
        { term: { 'event.kind': 'alert' } },
        { terms: { 'ot_anomaly.group.kind': KINDS } },
        { range: { 'event.ingested': { gte: since.toISOString() } } },
      ],
      minimum_should_match: 1,
      should: relations.map(({ source, destination, port }) => ({
        bool: {
          filter: [
            { term: { 'source.address': source } },
            { term: { 'destination.address': destination } },
            { term: { 'destination.port': port } },
          ],
        },
      })),
    },
  };
  await explaining('reading alerts of new assets', async () => {
    const pit = await PointInTime.open(client, `logs-ot_anomaly.anomaly-${namespace}`);
    try {
      const _source = { excludes: ['ot_anomaly.zeek.document'] };
      for await (const page of pit.pages({ size: PAGE, query, _source, sort: [{ '@timestamp': 'asc' }] }))
        for (const { id, source } of page) if (onlySpeaks(source)) left.add(id);
    } finally {
      await pit.close().catch(() => {}); // it expires by itself
    }
  });
  return left;
}

function onlySpeaks(source: unknown): boolean {
  const parsed = alertSchema.safeParse(source);
  if (!parsed.success) return false;
  const protocol = PROTOCOLS.find((one) => one === parsed.data.network?.protocol);
  const { function_code = '-' } = parsed.data.ot_anomaly;
  return protocol !== undefined && functionClass(protocol, function_code) === 'read';
}
