import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { ECS_VERSION } from '../anomaly/document.js';
import { sha256 } from '../registry/digest.js';
import { type ScorerState, scorerStateSchema } from '../scoring/scorerState.js';
import { createOne } from './bulkCreate.js';
import { explaining } from './errors.js';

/** Where a scorer was and what it remembered, so that another start goes on from there. */
export interface Checkpoint {
  readonly scorer: string;
  readonly modelSha256: string;
  /** event.ingested up to which every source document is settled */
  readonly position: string;
  readonly state: ScorerState;
}

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
  const state = await pack(JSON.stringify(checkpoint.state));
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
  await createOne(client, checkpointStream(namespace), { id: id.slice(0, 27), document }, { refresh: true });
}

/**
 * The newest whole checkpoint of this scorer, and how many damaged ones were passed over.
 *
 * @param modelSha256 of this model only; undefined: of whichever model it ran
 */
export async function readCheckpoint(
  client: Client,
  namespace: string,
  scorer: string,
  modelSha256: string | undefined,
): Promise<{ readonly checkpoint: Checkpoint | undefined; readonly damaged: number }> {
  const response = await explaining('reading the newest checkpoint', () =>
    client.search({
      index: checkpointStream(namespace),
      size: CANDIDATES,
      allow_partial_search_results: false,
      query: {
        bool: {
          filter: [
            { term: { 'ot_anomaly.checkpoint.scorer': scorer } },
            ...(modelSha256 === undefined
              ? []
              : [{ term: { 'ot_anomaly.checkpoint.model_sha256': modelSha256 } }]),
          ],
        },
      },
      // by Elasticsearch's clock: this host's may have been set back, or be another host's
      sort: [{ 'event.ingested': 'desc' }],
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
  const parsed = scorerStateSchema.safeParse(await unpackJson(packed));
  return parsed.success ? { scorer, modelSha256: model_sha256, position, state: parsed.data } : undefined;
}

/** @returns undefined for what is no JSON, or larger than any state */
async function unpackJson(packed: Buffer): Promise<unknown> {
  try {
    return JSON.parse((await unpack(packed, { maxOutputLength: STATE_MAX_BYTES })).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Where checkpoints lie. */
export function checkpointStream(namespace: string): string {
  return `logs-ot_anomaly.checkpoint-${namespace}`;
}
