import type { Client, estypes } from '@elastic/elasticsearch';
import { ElasticsearchError, explain, explaining } from './errors.js';

/** Fields that only our templates map: without them the stream was made by something else. */
const OUR_FIELDS = ['ot_zeek.sample.hash', 'event.ingested'] as const;

/**
 * Makes sure that a source stream was set up before anything is written to it: Elasticsearch would otherwise make
 * an index of its own, without our mappings.
 *
 * @throws {ElasticsearchError} `not_set_up`, or what the request failed with
 */
export async function requireSourceStream(client: Client, index: string): Promise<void> {
  const doing = `looking for the data stream ${index}`;
  let fields: estypes.FieldCapsResponse['fields'];
  try {
    ({ fields } = await client.fieldCaps({ index, fields: [...OUR_FIELDS] }));
  } catch (error) {
    const explained = explain(error, doing);
    if (explained instanceof ElasticsearchError && explained.code === 'not_found')
      throw notSetUp(`the data stream ${index} does not exist`, explained);
    throw explained;
  }
  const missing = OUR_FIELDS.find((field) => fields[field] === undefined);
  if (missing !== undefined) throw notSetUp(`${index} exists but does not map ${missing}`);
}

/**
 * Whether a stream has rolled over: then an id that lies in an older backing index is no conflict, and has to be
 * looked for before it is created again. A stream of several shards may be taken for one; that costs time only.
 */
export async function hasRolledOver(client: Client, index: string): Promise<boolean> {
  const { _shards } = await explaining(`looking at ${index}`, () => client.count({ index }));
  return _shards.total > 1;
}

export function notSetUp(found: string, cause?: unknown): ElasticsearchError {
  return new ElasticsearchError(
    'not_set_up',
    found,
    'Run "ot-anomaly setup" first, with the same --namespace. Nothing was written.',
    { cause },
  );
}

/** How many documents of one file a run has left in the source streams. */
export interface RunCount {
  /** Rows that a pipeline understood. */
  readonly events: number;
  /** Rows kept as `event.kind: pipeline_error`. */
  readonly errors: number;
  /** Why, for the first few of those. */
  readonly reasons: readonly string[];
}

/** Counts what a run wrote of one file: a pipeline's failures show in no answer to a write, only in the documents. */
export async function countRun(
  client: Client,
  index: readonly string[],
  { run, path }: { readonly run: string; readonly path: string },
  reasonsAtMost: number,
): Promise<RunCount> {
  const failed = { term: { 'event.kind': 'pipeline_error' } };
  const { hits, aggregations } = await explaining('counting what was written', () =>
    client.search<{ readonly error?: { readonly message?: string } }, Record<string, CountOfKind>>({
      index: [...index],
      size: reasonsAtMost,
      query: {
        bool: { filter: [{ term: { 'labels.ingest_run': run } }, { term: { 'log.file.path': path } }] },
      },
      aggregations: { errors: { filter: failed }, events: { filter: { bool: { must_not: failed } } } },
      post_filter: failed,
      _source: ['error.message'],
    }),
  );
  return {
    events: aggregations?.['events']?.doc_count ?? 0,
    errors: aggregations?.['errors']?.doc_count ?? 0,
    reasons: hits.hits.map(({ _source }) => _source?.error?.message ?? 'no reason given'),
  };
}

interface CountOfKind {
  readonly doc_count: number;
}
