import type { Client } from '@elastic/elasticsearch';
import { explaining } from './errors.js';

/** Which of the ids are in the streams already, in whichever backing index. */
export async function findExisting(
  client: Client,
  index: readonly string[],
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { hits } = await explaining('looking for documents that are there already', () =>
    client.search({
      index: [...index],
      size: ids.length,
      query: { ids: { values: [...ids] } },
      _source: false,
      // a shard that is away would make what it holds look missing, and be written twice
      allow_partial_search_results: false,
      sort: ['_doc'],
      track_total_hits: false,
    }),
  );
  return new Set(hits.hits.flatMap(({ _id }) => (_id === undefined ? [] : [_id])));
}
