import { documentKey } from '../elasticsearch/arrivalReader.js';
import { readPartitionCheckpoints } from '../elasticsearch/partitionCheckpoints.js';
import { handOver } from '../scoring/handOver.js';
import { WHOLE } from '../scoring/partition.js';
import type { ScorerState } from '../scoring/scorerState.js';
import type { Arrival } from '../scoring/scoringStage.js';
import type { FollowOptions } from './followArrivals.js';

/** What a scorer goes on from. */
export interface LeftBehind {
  /** arrival before which everything is settled */
  readonly position: string;
  readonly state: ScorerState;
  /** false: another model's */
  readonly isOfModel: boolean;
  /** how many partitions there were before, in words; undefined: it goes on from its own checkpoint */
  readonly handedOver?: string;
  readonly isSettled?: (arrival: Arrival, bucket: number) => boolean;
}

/** @returns undefined where there is nothing to go on from */
export async function leftBehind(options: FollowOptions): Promise<LeftBehind | undefined> {
  const { client, namespace, scorer, model, partition = WHOLE, takesOver, log } = options;
  const ofModel = takesOver === true ? undefined : model.sha256;
  const { parts, damaged } = await readPartitionCheckpoints(client, namespace, scorer, partition, ofModel);
  if (damaged > 0) log.warn({ damaged }, 'damaged checkpoints passed over; an earlier whole one is used');
  const [first] = parts;
  if (first === undefined) return undefined;
  const isOfModel = parts.every(({ checkpoint }) => checkpoint.modelSha256 === model.sha256);
  if (first.partition.count === partition.count) return { ...first.checkpoint, isOfModel };
  const { position, state, isSettled } = handOver(
    parts.map(({ partition: part, checkpoint }) => ({ partition: part, ...checkpoint })),
    partition,
  );
  return {
    position,
    state,
    isOfModel,
    handedOver: parts.length === 1 ? 'the one scorer before' : `${parts.length} partitions`,
    isSettled: (arrival, bucket) => isSettled(documentKey(arrival), arrival.ingested, bucket),
  };
}
