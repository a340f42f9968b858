import type { Client } from '@elastic/elasticsearch';
import { loadProfile } from '../profiles/load.js';
import { type Query, scorerInput, timeOrder, timeWindow } from '../profiles/queries.js';
import { rowReader } from '../profiles/rowReader.js';
import type { IndexProfile } from '../profiles/schema.js';
import { pastArrival } from '../scoring/pastArrival.js';
import type { Arrival } from '../scoring/scoringStage.js';
import { explainingPages } from './arrivalReader.js';
import { explaining } from './errors.js';
import { orderedRows } from './orderedRows.js';
import { PointInTime } from './pointInTime.js';

/**
 * Reads the rows of a time window in order of Zeek's own time, as they are at the moment of the call.
 *
 * @param from seconds since the epoch, inclusive
 * @param to seconds since the epoch, exclusive
 * @param without queries of rows that are passed over
 */
export async function* readWindow(
  client: Client,
  index: string,
  from: number,
  to: number,
  pageSize: number,
  profile: IndexProfile = loadProfile(),
  without: readonly Query[] = [],
): AsyncGenerator<readonly Arrival[]> {
  const pit = await explaining(`reading ${index}`, () => PointInTime.open(client, index, { without }));
  try {
    const pages = pit.pages({
      size: pageSize,
      query: { bool: { filter: [scorerInput(profile), timeWindow(profile, from, to)] } },
      sort: [{ [timeOrder(profile)]: 'asc' }],
    });
    const hits = explainingPages(`reading ${index}`, pages);
    for await (const page of orderedRows(hits, rowReader(profile), pageSize)) {
      yield page.map(({ hit: { index: backing, id, source }, row }) => {
        const ingested = pastArrival(Number(row?.columns['ts'] ?? from));
        return { index: backing, id, ingested, document: source, row };
      });
    }
  } finally {
    await pit.close().catch(() => {}); // it expires by itself
  }
}
