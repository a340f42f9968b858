import type { Client } from '@elastic/elasticsearch';
import { rowReader } from '../profiles/rowReader.js';
import type { IndexProfile } from '../profiles/schema.js';
import type { Arrival } from '../scoring/scoringStage.js';
import { documentKey, explainingPages, toArrival } from './arrivalReader.js';
import { byArrival } from './byArrival.js';
import { explaining } from './errors.js';
import { PointInTime } from './pointInTime.js';

export interface HeldRange {
  /** the earliest of their arrivals */
  readonly from: string;
  /** the latest */
  readonly to: string;
  readonly pageSize: number;
  readonly profile: IndexProfile;
}

/**
 * Reads again the documents that a scorer held back when it wrote its checkpoint, in order of arrival.
 *
 * @param keys as `documentKey` makes them; a document that is gone (its index was deleted) is missing in the result
 */
export async function readHeldRows(
  client: Client,
  index: string,
  keys: ReadonlySet<string>,
  { from, to, pageSize, profile }: HeldRange,
): Promise<readonly Arrival[]> {
  if (keys.size === 0) return [];
  const doing = `reading ${index} again`;
  const pit = await explaining(doing, () => PointInTime.open(client, index));
  const readRow = rowReader(profile);
  const held: Arrival[] = [];
  try {
    const pages = pit.pages({
      size: pageSize,
      query: { range: { [profile.arrival.field]: { gte: from, lte: to } } },
      sort: [byArrival(profile)],
    });
    for await (const page of explainingPages(doing, pages)) {
      held.push(...page.filter((hit) => keys.has(documentKey(hit))).map((hit) => toArrival(hit, readRow)));
      if (held.length === keys.size) break;
    }
  } finally {
    await pit.close().catch(() => {}); // it expires by itself
  }
  return held;
}
