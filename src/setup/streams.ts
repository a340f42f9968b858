import type { Client, estypes } from '@elastic/elasticsearch';
import { errors } from '@elastic/elasticsearch';
import { explaining } from '../elasticsearch/errors.js';
import { indexTemplates } from './assets.js';
import type { Step } from './install.js';

/** Every data stream of one namespace (one site): one for each index template that ships. */
export function streamNames(namespace: string): readonly string[] {
  return indexTemplates().map(({ name }) => `${name}-${namespace}`);
}

/** Creates a data stream, so that no part needs the right to; leaves an existing one alone. */
export async function ensureStream(client: Client, name: string): Promise<Step> {
  return explaining(`creating the data stream ${name}`, async () => {
    if (await client.indices.exists({ index: name }))
      return { what: 'data stream', name, change: 'unchanged' };
    try {
      await client.indices.createDataStream({ name });
    } catch (error) {
      if (!lacksDataStreamEndpoints(error)) throw error;
      await createByRefusedDocument(client, name);
    }
    return { what: 'data stream', name, change: 'created' };
  });
}

/** The build used for demo and tests has data streams, but not their endpoints. */
function lacksDataStreamEndpoints(error: unknown): boolean {
  return error instanceof errors.ResponseError && /no handler found/.test(JSON.stringify(error.body));
}

/** A document without @timestamp is refused after the stream was made for it: the stream stays, and stays empty. */
async function createByRefusedDocument(client: Client, index: string): Promise<void> {
  const bulk: estypes.BulkResponse = await client.bulk({
    index,
    pipeline: '_none',
    operations: [{ create: {} }, { message: 'makes the stream, is refused' }],
  });
  if (!bulk.errors || !(await client.indices.exists({ index }))) {
    throw new Error(`${index} was not made as an empty data stream: ${JSON.stringify(bulk.items)}`);
  }
}
