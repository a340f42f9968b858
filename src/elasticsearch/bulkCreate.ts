import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, estypes } from '@elastic/elasticsearch';
import { ElasticsearchError, explain, fromStatus } from './errors.js';

/** A new document. The id makes a second attempt find the first one's result. */
export interface NewDocument {
  readonly id: string;
  readonly document: unknown;
}

export interface Created {
  readonly created: number;
  /** 409: the same id is already there, so an earlier attempt had succeeded */
  readonly alreadyWritten: number;
  /** documents that Elasticsearch will never take as they are */
  readonly rejected: readonly {
    readonly document: NewDocument;
    readonly status: number;
    readonly reason: string;
  }[];
}

const DOCUMENTS_A_BULK = 500;
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 100;

/**
 * Creates documents, never overwriting any: `op_type=create` with ids, so that sending again is harmless.
 *
 * Items refused for load (429, 503) and requests that got no answer are sent again with growing pauses.
 *
 * @param refresh true: the documents are searchable when this returns
 * @throws {ElasticsearchError} when the attempts are used up, or the whole request is refused
 */
export async function bulkCreate(
  client: Client,
  index: string,
  documents: readonly NewDocument[],
  { refresh, signal }: { readonly refresh: boolean; readonly signal?: AbortSignal },
): Promise<Created> {
  let created = 0;
  let alreadyWritten = 0;
  const rejected: Created['rejected'][number][] = [];
  for (let i = 0; i < documents.length; i += DOCUMENTS_A_BULK) {
    let remaining = documents.slice(i, i + DOCUMENTS_A_BULK);
    for (let attempt = 1; remaining.length > 0; attempt++) {
      const outcome = await send(client, index, remaining, refresh);
      if ('items' in outcome) {
        const again: NewDocument[] = [];
        let why = 'too busy';
        for (const [j, item] of outcome.items.entries()) {
          const document = remaining[j];
          const { status = 0, error } = item.create ?? {};
          if (document === undefined) continue;
          if (status === 201) created += 1;
          else if (status === 409) alreadyWritten += 1;
          else if (status === 429 || status === 503) {
            again.push(document);
            why = error?.reason ?? why;
          } else if (status === 401 || status === 403)
            throw fromStatus(status, error?.reason ?? '', `writing to ${index}`);
          else rejected.push({ document, status, reason: error?.reason ?? 'no reason given' });
        }
        remaining = again;
        if (again.length > 0 && attempt >= ATTEMPTS) throw fromStatus(429, why, `writing to ${index}`);
      } else if (attempt >= ATTEMPTS || !isPassing(outcome.failure)) {
        throw outcome.failure;
      }
      if (remaining.length > 0) {
        await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, signal === undefined ? {} : { signal });
      }
    }
  }
  return { created, alreadyWritten, rejected };
}

async function send(
  client: Client,
  index: string,
  documents: readonly NewDocument[],
  refresh: boolean,
): Promise<{ readonly items: estypes.BulkResponse['items'] } | { readonly failure: unknown }> {
  try {
    const operations = documents.flatMap(({ id, document }) => [{ create: { _id: id } }, document]);
    const { items } = await client.bulk({ index, operations, refresh });
    return { items };
  } catch (error) {
    return { failure: explain(error, `writing to ${index}`) };
  }
}

/**
 * The same for a document that has to be there: an audit record, a checkpoint, a heartbeat.
 *
 * @throws {ElasticsearchError} `rejected` too, if Elasticsearch won't take it
 */
export async function createOne(
  client: Client,
  index: string,
  document: NewDocument,
  { refresh }: { readonly refresh: boolean },
): Promise<void> {
  const { rejected } = await bulkCreate(client, index, [document], { refresh });
  const refused = rejected[0];
  if (refused !== undefined) throw fromStatus(refused.status, refused.reason, `writing to ${index}`);
}

/** Whether the same request may succeed later. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof ElasticsearchError &&
    (error.code === 'overloaded' ||
      error.code === 'unreachable' ||
      error.code === 'timed_out' ||
      error.code === 'index_gone')
  );
}
