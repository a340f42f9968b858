import type { Client, estypes } from '@elastic/elasticsearch';
import { errors } from '@elastic/elasticsearch';
import { z } from 'zod';
import { explaining } from '../elasticsearch/errors.js';
import { CANARY_NAMESPACE } from '../governance/boundary/expected.js';
import { indexTemplates } from './assets.js';
import type { Change, Step } from './install.js';
import { lockedIndices } from './streamFields.js';

/** Every data stream of one namespace (one site): one for each index template that ships. */
export function streamNames(namespace: string): readonly string[] {
  return indexTemplates().map(({ name }) => `${name}-${namespace}`);
}

/**
 * Streams of no site, one for each kind of output and one for all sources: the boundary check tries on them what no
 * credential may do.
 */
export function canaryStreams(): readonly string[] {
  return streamNames(CANARY_NAMESPACE).filter(
    (name) => !name.startsWith('logs-ot_zeek.') || name.startsWith('logs-ot_zeek.conn-'),
  );
}

/** Streams made at once: the master takes them up together, and each waits for its own shard. */
const AT_ONCE = 16;

/** `ensureStream` for each, in their order. */
export async function ensureStreams(client: Client, names: readonly string[]): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (let i = 0; i < names.length; i += AT_ONCE)
    steps.push(...(await Promise.all(names.slice(i, i + AT_ONCE).map((name) => ensureStream(client, name)))));
  return steps;
}

/**
 * Creates a data stream, so that no part needs the right to. An existing one is left alone, but for its retention and
 * the pipeline that stamps authors: templates speak of new streams only, and another template (that of an integration)
 * may have made this one.
 */
export async function ensureStream(client: Client, name: string): Promise<Step> {
  return explaining(`creating the data stream ${name}`, async () => {
    if (await client.indices.exists({ index: name }))
      return { what: 'data stream', name, change: await bringUpToDate(client, name) };
    try {
      await client.indices.createDataStream({ name });
    } catch (error) {
      if (!lacksDataStreamEndpoints(error)) throw error;
      await createByRefusedDocument(client, name);
    }
    return { what: 'data stream', name, change: 'created' };
  });
}

async function bringUpToDate(client: Client, name: string): Promise<Change> {
  const changes = [await ensureFinalPipeline(client, name), await ensureRetention(client, name)];
  return changes.includes('updated') ? 'updated' : 'unchanged';
}

const withFinalPipeline = z.object({
  template: z.object({ settings: z.object({ index: z.object({ final_pipeline: z.string() }) }) }),
});

/** Without it whoever may write to the stream can claim any name and any time of arrival. */
async function ensureFinalPipeline(client: Client, name: string): Promise<Change> {
  const wanted = withFinalPipeline.safeParse(templateOf(name)?.body).data?.template.settings.index;
  if (wanted === undefined) return 'unchanged';
  // Asked for by its name alone, an index without the setting would not be in the answer at all.
  const locked = await lockedIndices(client, [name]);
  const lacking = Object.entries(await client.indices.getSettings({ index: name }))
    .filter(([, { settings }]) => settings?.index?.final_pipeline !== wanted.final_pipeline)
    .flatMap(([backing]) => (locked.has(backing) ? [] : [backing]));
  if (lacking.length === 0) return 'unchanged';
  await client.indices.putSettings({ index: lacking, settings: { index: wanted } });
  return 'updated';
}

/** Where Elasticsearch can't be asked for a stream's lifecycle, that of the template stays. */
async function ensureRetention(client: Client, name: string): Promise<Change> {
  const retention = retentionOf(name);
  if (retention === undefined) return 'unchanged';
  try {
    const { data_streams } = await client.indices.getDataLifecycle({ name });
    if (data_streams[0]?.lifecycle?.data_retention === retention) return 'unchanged';
    await client.indices.putDataLifecycle({ name, data_retention: retention });
    return 'updated';
  } catch (error) {
    if (!lacksDataStreamEndpoints(error)) throw error;
    return 'unchanged';
  }
}

const withRetention = z.object({
  template: z.object({ lifecycle: z.object({ data_retention: z.string() }) }),
});

/** How long the stream's template keeps documents; undefined: for good */
function retentionOf(stream: string): string | undefined {
  return withRetention.safeParse(templateOf(stream)?.body).data?.template.lifecycle.data_retention;
}

function templateOf(stream: string) {
  return indexTemplates().find(({ name }) => stream.startsWith(`${name}-`));
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
