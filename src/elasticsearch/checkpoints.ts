import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { ECS_VERSION } from '../anomaly/document.js';
import { sha256 } from '../registry/digest.js';
import { bulkCreate } from './bulkCreate.js';
import { explaining } from './errors.js';

/** Where a scorer was and what it remembered, so that another start goes on from there. */
export interface Checkpoint {
  readonly scorer: string;
  readonly modelSha256: string;
  /** event.ingested up to which every source document is settled */
  readonly position: string;
  /** sequence key → time (s) and uid of its newest request */
  readonly sequences: readonly (readonly [string, readonly [number, string]])[];
}

const stateSchema = z.array(z.tuple([z.string(), z.tuple([z.number(), z.string()])]));
const storedSchema = z.object({
  ot_anomaly: z.object({
    checkpoint: z.object({
      scorer: z.string(),
      model_sha256: z.string(),
      position: z.string(),
      sha256: z.string(),
      state: z.object({ gzip: z.string() }),
    }),
  }),
});

/** How many checkpoints back a damaged one makes us look. */
const CANDIDATES = 5;
/** A state larger than this when unpacked isn't one of ours. */
const STATE_MAX_BYTES = 512 * 1024 * 1024;

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Adds a checkpoint, found by a search from then on (a restart may come at once); earlier ones stay. */
export async function writeCheckpoint(
  client: Client,
  namespace: string,
  checkpoint: Checkpoint,
  now: Date,
): Promise<void> {
  const state = await pack(JSON.stringify(checkpoint.sequences));
  const document = {
    '@timestamp': now.toISOString(),
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: 'ot_anomaly.checkpoint', namespace },
    event: {
      kind: 'state',
      module: 'ot_anomaly',
      dataset: 'ot_anomaly.checkpoint',
      action: 'scorer-checkpoint',
    },
    ot_anomaly: {
      checkpoint: {
        scorer: checkpoint.scorer,
        model_sha256: checkpoint.modelSha256,
        position: checkpoint.position,
        sha256: sha256(state),
        state: { gzip: state.toString('base64') },
      },
    },
  };
  const id = sha256(
    `${checkpoint.scorer}\n${checkpoint.modelSha256}\n${checkpoint.position}\n${now.toISOString()}`,
  );
  await bulkCreate(client, stream(namespace), [{ id: id.slice(0, 27), document }], { refresh: true });
}

/** The newest whole checkpoint of this scorer and model, and how many damaged ones were passed over. */
export async function readCheckpoint(
  client: Client,
  namespace: string,
  scorer: string,
  modelSha256: string,
): Promise<{ readonly checkpoint: Checkpoint | undefined; readonly damaged: number }> {
  const response = await explaining('reading the newest checkpoint', () =>
    client.search({
      index: stream(namespace),
      size: CANDIDATES,
      query: {
        bool: {
          filter: [
            { term: { 'ot_anomaly.checkpoint.scorer': scorer } },
            { term: { 'ot_anomaly.checkpoint.model_sha256': modelSha256 } },
          ],
        },
      },
      sort: [{ '@timestamp': 'desc' }, { 'ot_anomaly.checkpoint.position': 'desc' }],
    }),
  );
  let damaged = 0;
  for (const hit of response.hits.hits) {
    const checkpoint = await parse(hit._source);
    if (checkpoint !== undefined) return { checkpoint, damaged };
    damaged += 1;
  }
  return { checkpoint: undefined, damaged };
}

async function parse(source: unknown): Promise<Checkpoint | undefined> {
  const stored = storedSchema.safeParse(source);
  if (!stored.success) return undefined;
  const { scorer, model_sha256, position, sha256: digest, state } = stored.data.ot_anomaly.checkpoint;
  const packed = Buffer.from(state.gzip, 'base64');
  if (sha256(packed) !== digest) return undefined;
  const sequences = stateSchema.safeParse(
    JSON.parse((await unpack(packed, { maxOutputLength: STATE_MAX_BYTES })).toString('utf8')),
  );
  return sequences.success
    ? { scorer, modelSha256: model_sha256, position, sequences: sequences.data }
    : undefined;
}

function stream(namespace: string): string {
  return `logs-ot_anomaly.checkpoint-${namespace}`;
}
