import type { Client } from '@elastic/elasticsearch';
import type { Arrival } from '../scoring/scoringStage.js';
import { FIELD } from '../zeek/otZeekProfile.js';
import { documentKey, explainingPages, NANOS, toArrival } from './arrivalReader.js';
import { explaining } from './errors.js';
import { PointInTime } from './pointInTime.js';

/**
 * Reads again the documents that a scorer held back when it wrote its checkpoint, in order of arrival.
 *
 * @param keys as `documentKey` makes them; a document that is gone (its index was deleted) is missing in the result
 * @param from the earliest of their arrivals
 * @param to the latest
 */
export async function readHeldRows(
  client: Client,
  index: string,
  keys: ReadonlySet<string>,
  { from, to, pageSize }: { readonly from: string; readonly to: string; readonly pageSize: number },
): Promise<readonly Arrival[]> {
  if (keys.size === 0) return [];
  const doing = `reading ${index} again`;
  const pit = await explaining(doing, () => PointInTime.open(client, index));
  const held: Arrival[] = [];
  try {
    const pages = pit.pages({
      size: pageSize,
      query: { range: { [FIELD.ingested]: { gte: from, lte: to } } },
      sort: [{ [FIELD.ingested]: { order: 'asc', format: NANOS } }],
    });
    for await (const page of explainingPages(doing, pages)) {
      held.push(...page.filter((hit) => keys.has(documentKey(hit))).map(toArrival));
      if (held.length === keys.size) break;
    }
  } finally {
    await pit.close().catch(() => {}); // it expires by itself
  }
  return held;
}
