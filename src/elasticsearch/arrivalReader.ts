import type { Client } from '@elastic/elasticsearch';
import type { Arrival } from '../scoring/scoringStage.js';
import { FIELD, OT_TRAFFIC, toZeekRow } from '../zeek/otZeekProfile.js';
import { ElasticsearchError, explaining } from './errors.js';
import { paddedNanos } from './nanos.js';
import { type Hit, PointInTime } from './pointInTime.js';

/** Nanoseconds survive only as text: as JavaScript numbers they lose digits. */
export const NANOS = 'strict_date_optional_time_nanos';

export interface ArrivalReaderOptions {
  readonly index: string;
  /** event.ingested from which on to read, in ISO 8601 with up to nanoseconds */
  readonly position: string;
  /**
   * Seconds that are read again at every poll: documents become visible out of order of arrival, up to 549 ms
   * behind with six bulk writers (measured on 9.4.3).
   */
  readonly overlapSeconds: number;
  readonly pageSize: number;
  /** documents that an earlier process took in, as its `state` said */
  readonly seen?: ReaderState['seen'];
}

/** What a reader must remember to take no document in twice. */
export interface ReaderState {
  /** the newest arrival read so far */
  readonly position: string;
  /** documents within the overlap: `index id` → arrival */
  readonly seen: readonly (readonly [string, string])[];
}

/**
 * Seconds read again after Elasticsearch was away: what it had taken but not yet shown when it was killed comes
 * back from its translog behind newer arrivals.
 */
const OVERLAP_AFTER_FAULT_S = 30;

/** Reads what has arrived, each document once, in order of arrival. */
export class ArrivalReader {
  readonly #client: Client;
  readonly #options: ArrivalReaderOptions;
  readonly #seen = new Map<string, string>();
  #position: string;

  constructor(client: Client, options: ArrivalReaderOptions) {
    this.#client = client;
    this.#options = options;
    this.#position = options.position;
    for (const [key, ingested] of options.seen ?? []) this.#seen.set(key, ingested);
  }

  /** The newest arrival read so far. */
  get position(): string {
    return this.#position;
  }

  /** To be kept once the pages yielded so far have been dealt with. */
  state(): ReaderState {
    const horizon = this.#horizon(this.#options.overlapSeconds);
    return { position: this.#position, seen: [...this.#seen].filter(([, ingested]) => ingested >= horizon) };
  }

  /**
   * Yields pages of documents not read before; ends when there are no more for now.
   *
   * @param afterFault reads a wider overlap again
   */
  async *poll(afterFault = false): AsyncGenerator<readonly Arrival[]> {
    const { index, pageSize } = this.#options;
    const overlapSeconds = afterFault ? this.#widest() : this.#options.overlapSeconds;
    const pit = await explaining(`reading ${index}`, () => PointInTime.open(this.#client, index));
    try {
      const since = { range: { [FIELD.ingested]: { gte: `${this.#position}||-${overlapSeconds}s` } } };
      const pages = pit.pages({
        size: pageSize,
        query: { bool: { filter: [OT_TRAFFIC, since] } },
        sort: [{ [FIELD.ingested]: { order: 'asc', format: NANOS } }],
      });
      for await (const page of explainingPages(`reading ${index}`, pages)) {
        const arrivals = page.filter((hit) => this.#isNew(hit)).map(toArrival);
        if (arrivals.length > 0) yield arrivals;
      }
    } finally {
      await pit.close().catch(() => {}); // it expires by itself
    }
    this.#forget();
  }

  #isNew(hit: Hit): boolean {
    const ingested = paddedNanos(String(hit.sort[0]));
    if (ingested > this.#position) this.#position = ingested;
    const key = documentKey(hit);
    if (this.#seen.has(key)) return false;
    this.#seen.set(key, ingested);
    return true;
  }

  /** What lies further back than any overlap won't be read again. */
  #forget(): void {
    const horizon = this.#horizon(this.#widest());
    for (const [key, ingested] of this.#seen) if (ingested < horizon) this.#seen.delete(key);
  }

  #widest(): number {
    return Math.max(this.#options.overlapSeconds, OVERLAP_AFTER_FAULT_S);
  }

  #horizon(overlapSeconds: number): string {
    return paddedNanos(new Date(Date.parse(this.#position) - (overlapSeconds + 1) * 1000).toISOString());
  }
}

/** @throws {ElasticsearchError} not_set_up if no stream of the pattern exists, or none has an arrival time */
export async function requireSources(client: Client, index: string): Promise<void> {
  const caps = await explaining(`looking for ${index}`, () =>
    client.fieldCaps({ index, fields: [FIELD.ingested, FIELD.hash], allow_no_indices: true }),
  );
  if (Object.hasOwn(caps.fields, FIELD.ingested) && Object.hasOwn(caps.fields, FIELD.hash)) return;
  throw new ElasticsearchError(
    'not_set_up',
    `expected source data streams matching ${index} with ${FIELD.ingested} and ${FIELD.hash}, found ${caps.indices.length} indices without`,
    'Check --namespace and --index; run "ot-anomaly setup" and bring logs in with "ot-anomaly ingest".',
  );
}

/** Names a document: an id is unique within a backing index only. */
export function documentKey({ index, id }: { readonly index: string; readonly id: string }): string {
  return `${index} ${id}`;
}

export function toArrival(hit: Hit): Arrival {
  return {
    index: hit.index,
    id: hit.id,
    ingested: paddedNanos(String(hit.sort[0])),
    document: hit.source,
    row: toZeekRow(hit.source),
  };
}

export async function* explainingPages<T>(doing: string, pages: AsyncGenerator<T>): AsyncGenerator<T> {
  for (;;) {
    const { done, value } = await explaining(doing, () => pages.next());
    if (done === true) return;
    yield value;
  }
}
