import type { Client } from '@elastic/elasticsearch';
import { pastArrival } from '../scoring/pastArrival.js';
import type { Arrival } from '../scoring/scoringStage.js';
import { FIELD, OT_TRAFFIC, toZeekRow } from '../zeek/otZeekProfile.js';
import { explainingPages } from './arrivalReader.js';
import { explaining } from './errors.js';
import { PointInTime } from './pointInTime.js';

/**
 * Reads the rows of a time window in order of Zeek's own time, as they are at the moment of the call.
 *
 * @param from seconds since the epoch, inclusive
 * @param to seconds since the epoch, exclusive
 */
export async function* readWindow(
  client: Client,
  index: string,
  from: number,
  to: number,
  pageSize: number,
): AsyncGenerator<readonly Arrival[]> {
  const pit = await explaining(`reading ${index}`, () => PointInTime.open(client, index));
  try {
    const window = { range: { [FIELD.time]: { gte: from * 1000, lt: to * 1000, format: 'epoch_millis' } } };
    const pages = pit.pages({
      size: pageSize,
      query: { bool: { filter: [OT_TRAFFIC, window] } },
      sort: [{ [FIELD.ts]: 'asc' }, { [FIELD.hash]: 'asc' }],
    });
    for await (const page of explainingPages(`reading ${index}`, pages)) {
      yield page.map(({ index: backing, id, source }) => {
        const row = toZeekRow(source);
        const ingested = pastArrival(Number(row?.columns['ts'] ?? from));
        return { index: backing, id, ingested, document: source, row };
      });
    }
  } finally {
    await pit.close().catch(() => {}); // it expires by itself
  }
}
