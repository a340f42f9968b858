import type { Client, estypes } from '@elastic/elasticsearch';
import { errors } from '@elastic/elasticsearch';
import { ElasticsearchError } from './errors.js';

/** How long Elasticsearch keeps an idle point in time open; each request renews it. */
const KEEP_ALIVE = '2m';

export interface Hit {
  readonly index: string;
  readonly id: string;
  readonly source: unknown;
  readonly sort: estypes.SortResults;
}

/**
 * A frozen view of an index pattern: every page, aggregation and sample read through it sees the same documents.
 * Close it when done, or let it expire.
 */
export class PointInTime {
  readonly #client: Client;
  readonly #without: readonly estypes.QueryDslQueryContainer[];
  #id: string;

  private constructor(client: Client, id: string, without: readonly estypes.QueryDslQueryContainer[]) {
    this.#client = client;
    this.#id = id;
    this.#without = without;
  }

  /** @param without queries of documents that nothing read through this view may see */
  static async open(
    client: Client,
    index: string,
    { without = [] }: { readonly without?: readonly estypes.QueryDslQueryContainer[] } = {},
  ): Promise<PointInTime> {
    const { id } = await client.openPointInTime({ index, keep_alive: KEEP_ALIVE, ignore_unavailable: false });
    return new PointInTime(client, id, without);
  }

  async search(body: Omit<estypes.SearchRequest, 'pit' | 'index'>): Promise<estypes.SearchResponse<unknown>> {
    const response = await this.#client
      .search<unknown>({
        track_total_hits: false,
        // A shard that fails must fail the page: what it holds would be passed over in silence.
        allow_partial_search_results: false,
        ...this.#narrow(body),
        pit: { id: this.#id, keep_alive: KEEP_ALIVE },
      })
      .catch((error: unknown) => {
        throw error instanceof errors.ResponseError && error.statusCode === 404 ? indexGone(error) : error;
      });
    this.#id = response.pit_id ?? this.#id;
    return response;
  }

  /**
   * One page after another, in order of `sort`; the implicit tiebreak stays within this point in time. While a page is
   * dealt with, Elasticsearch finds the next.
   */
  async *pages(
    body: Omit<estypes.SearchRequest, 'pit' | 'index' | 'search_after'>,
  ): AsyncGenerator<readonly Hit[]> {
    let coming = this.search(body);
    try {
      for (;;) {
        const hits = (await coming).hits.hits.map(toHit);
        const after = hits.length < (body.size ?? 10) ? undefined : hits[hits.length - 1]?.sort;
        if (after !== undefined) {
          coming = this.search({ ...body, search_after: after });
          coming.catch(() => {}); // said when it is asked for
        }
        if (hits.length > 0) yield hits;
        if (after === undefined) return;
      }
    } finally {
      await coming.catch(() => {}); // the view must not be closed under it
    }
  }

  #narrow<Body extends Pick<estypes.SearchRequest, 'query'>>(body: Body): Body {
    if (this.#without.length === 0) return body;
    const filter = body.query === undefined ? [] : [body.query];
    return { ...body, query: { bool: { filter, must_not: [...this.#without] } } };
  }

  async close(): Promise<void> {
    await this.#client.closePointInTime({ id: this.#id });
  }
}

function indexGone(error: errors.ResponseError): ElasticsearchError {
  return new ElasticsearchError(
    'index_gone',
    `an index was deleted while it was being read: ${error.message.split('\n')[0]}`,
    'Nothing half-read was used. Run the same command again: it reads what is there now.',
    { cause: error, status: 404 },
  );
}

export function toHit(hit: estypes.SearchHit<unknown>): Hit {
  return { index: hit._index, id: hit._id ?? '', source: hit._source, sort: hit.sort ?? [] };
}
