import type { Client } from '@elastic/elasticsearch';
import { type Partition, partitionName, partitionOfName } from '../scoring/partition.js';
import { type Checkpoint, checkpointStream, readCheckpoint } from './checkpoints.js';
import { explaining } from './errors.js';

/** A partition's newest whole checkpoint. */
export interface PartCheckpoint {
  readonly partition: Partition;
  readonly checkpoint: Checkpoint;
}

export interface FoundCheckpoints {
  /** one of the partition itself, or all of another number of partitions; none: it starts afresh */
  readonly parts: readonly PartCheckpoint[];
  /** checkpoints that were passed over */
  readonly damaged: number;
}

/** Names of checkpoints of one scorer that are told apart: more than all numbers of partitions that a site tries. */
const NAMES_AT_MOST = 2_000;

/**
 * What a partition goes on from: its own newest checkpoint, unless all partitions of another number have left theirs
 * and one of those is newer. So a number that was tried long ago is not taken for the last one, and partitions may be
 * started one after another.
 *
 * @param modelSha256 of this model only; undefined: of whichever
 */
export async function readPartitionCheckpoints(
  client: Client,
  namespace: string,
  scorer: string,
  partition: Partition,
  modelSha256: string | undefined,
): Promise<FoundCheckpoints> {
  const left = await newestOfEach(client, namespace, scorer, modelSha256);
  let damaged = 0;
  const read = async (partitions: readonly Partition[]): Promise<readonly PartCheckpoint[]> => {
    const parts: PartCheckpoint[] = [];
    for (const one of partitions) {
      const found = await readCheckpoint(client, namespace, partitionName(scorer, one), modelSha256);
      damaged += found.damaged;
      if (found.checkpoint !== undefined) parts.push({ partition: one, checkpoint: found.checkpoint });
    }
    return parts;
  };
  const own = left.find((one) => one.index === partition.index && one.count === partition.count);
  for (const { partitions } of completeFamilies(left, partition.count, own?.at ?? 0)) {
    const parts = await read(partitions);
    if (parts.length === partitions.length) return { parts, damaged };
  }
  return { parts: await read([partition]), damaged };
}

interface Left extends Partition {
  /** milliseconds since the epoch, by Elasticsearch's clock */
  readonly at: number;
}

async function newestOfEach(
  client: Client,
  namespace: string,
  scorer: string,
  modelSha256: string | undefined,
): Promise<readonly Left[]> {
  const name = 'ot_anomaly.checkpoint.scorer';
  const ofModel =
    modelSha256 === undefined ? [] : [{ term: { 'ot_anomaly.checkpoint.model_sha256': modelSha256 } }];
  const response = await explaining('looking for the checkpoints of all partitions', () =>
    client.search<unknown, { names: { buckets: readonly { key: string; newest: { value: number } }[] } }>({
      index: checkpointStream(namespace),
      size: 0,
      allow_partial_search_results: false,
      query: {
        bool: {
          filter: ofModel,
          minimum_should_match: 1,
          should: [{ term: { [name]: scorer } }, { prefix: { [name]: `${scorer}.p` } }],
        },
      },
      aggregations: {
        names: {
          terms: { field: name, size: NAMES_AT_MOST },
          aggregations: { newest: { max: { field: 'event.ingested' } } },
        },
      },
    }),
  );
  return (response.aggregations?.names.buckets ?? []).flatMap(({ key, newest }) => {
    const partition = partitionOfName(scorer, key);
    return partition === undefined ? [] : [{ ...partition, at: newest.value }];
  });
}

/** Other numbers of partitions of which each left a checkpoint, one of them after `after`; the newest first. */
function completeFamilies(left: readonly Left[], notOf: number, after: number) {
  const counts = [...new Set(left.map(({ count }) => count))].filter((count) => count !== notOf);
  return counts
    .map((count) => {
      const partitions = left.filter((one) => one.count === count);
      return { count, partitions, at: Math.max(...partitions.map(({ at }) => at)) };
    })
    .filter(({ count, partitions, at }) => partitions.length === count && at > after)
    .sort((a, b) => b.at - a.at);
}
