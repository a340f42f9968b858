import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import {
  NEWEST_WORD_INDEX,
  newestWordTemplate,
  newestWordTransform,
} from '../../src/kibana/transform/newestWord.js';
import { ofNamespace } from './ruleRunner.js';

const KEYS_A_PAGE = 1_000;

const page = z.object({
  keys: z.object({
    buckets: z.array(
      z.object({
        newest: z.object({ hits: z.object({ hits: z.array(z.object({ _source: z.unknown() })) }) }),
      }),
    ),
  }),
});

/**
 * Makes of one namespace's documents what the transform makes of them, from its own definition: of each key the newest
 * document, in an index with its mappings. The build of Elasticsearch that tests run on has no transforms; this is the
 * search that a latest transform asks for (composite over the unique key, top_hits by the sort field).
 */
export async function keepNewestWord(admin: Client, namespace: string): Promise<void> {
  const { source, latest } = newestWordTransform();
  const { aggregations } = await admin.search({
    index: ofNamespace(source.index.join(','), namespace),
    size: 0,
    query: source.query,
    runtime_mappings: source.runtime_mappings,
    aggs: {
      keys: {
        composite: {
          size: KEYS_A_PAGE,
          sources: latest.unique_key.map((field) => ({ [field]: { terms: { field } } })),
        },
        aggs: { newest: { top_hits: { size: 1, sort: [{ [latest.sort]: 'desc' }] } } },
      },
    },
  });
  const newest = page.parse(aggregations).keys.buckets.flatMap((bucket) => bucket.newest.hits.hits);
  const index = `${NEWEST_WORD_INDEX}-${namespace}`;
  await admin.indices.create({ index, mappings: newestWordTemplate().template.mappings });
  const operations = newest.flatMap(({ _source }) => [{ index: {} }, _source]);
  const { errors, items } = await admin.bulk({ index, refresh: true, operations });
  if (errors) throw new Error(`the transform's index refused documents: ${JSON.stringify(items[0])}`);
}
