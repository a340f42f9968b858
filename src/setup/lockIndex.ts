import { type Client, errors } from '@elastic/elasticsearch';
import { explaining } from '../elasticsearch/errors.js';

/** `gone`: there is no such index any more; `not_a_stream`: it takes writes itself, and a lock would end them. */
export type Locked = 'locked' | 'gone' | 'not_a_stream';

/**
 * Makes a backing index read-only, its settings and its very being included: while the block stands Elasticsearch refuses
 * to change or delete a document of it, and to delete it. What still takes writes is rolled over first.
 */
export async function lockIndex(client: Client, index: string): Promise<Locked> {
  return explaining(`locking ${index}`, async () => {
    const found = await client.indices.get({ index }).catch(orGone);
    const one = found?.[index];
    if (one === undefined) return 'gone';
    if (one.data_stream === undefined) return 'not_a_stream';
    const stream = { alias: one.data_stream };
    const { old_index } = await client.indices.rollover({ ...stream, dry_run: true });
    if (old_index === index) await client.indices.rollover(stream);
    await client.indices.addBlock({ index, block: 'read_only' });
    return 'locked';
  });
}

/** @returns whether the index was there to be unlocked */
export async function unlockIndex(client: Client, index: string): Promise<boolean> {
  return explaining(`unlocking ${index}`, async () => {
    const settings = { 'index.blocks.read_only': null };
    return (await client.indices.putSettings({ index, settings }).catch(orGone)) !== undefined;
  });
}

function orGone(error: unknown): undefined {
  if (error instanceof errors.ResponseError && error.statusCode === 404) return undefined;
  throw error;
}
