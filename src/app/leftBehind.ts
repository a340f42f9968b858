import { ZodError } from 'zod';
import { documentKey } from '../elasticsearch/arrivalReader.js';
import { type PartCheckpoint, readPartitionCheckpoints } from '../elasticsearch/partitionCheckpoints.js';
import { OtAnomalyError } from '../errors.js';
import { handOver } from '../scoring/handOver.js';
import { WHOLE } from '../scoring/partition.js';
import type { ScorerState } from '../scoring/scorerState.js';
import type { Arrival } from '../scoring/scoringStage.js';
import type { FollowOptions } from './followArrivals.js';
import { scorerOf } from './scorerOf.js';

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

/** What this scorer left behind can't be read, and nobody said from when on to read. */
export class CheckpointError extends OtAnomalyError {
  readonly code = 'unreadable_checkpoint';
}

/**
 * @returns undefined where there is nothing to go on from, or nothing readable and a time to start at
 * @throws {CheckpointError} where checkpoints exist and none can be read: starting now would pass over what came since
 */
export async function leftBehind(options: FollowOptions): Promise<LeftBehind | undefined> {
  const { client, namespace, scorer, model, partition = WHOLE, takesOver, log, startAt } = options;
  const ofModel = takesOver === true ? undefined : model.sha256;
  const { parts, damaged } = await readPartitionCheckpoints(client, namespace, scorer, partition, ofModel);
  const left = joined(parts, options);
  if (left !== undefined && isReadable(left, options)) {
    if (damaged > 0) log.warn({ damaged }, 'damaged checkpoints passed over; an earlier whole one is used');
    return left;
  }
  if (left === undefined && damaged === 0) return undefined;
  const what = `the newest checkpoints of scorer ${scorer} can't be read: damaged, or written by another version`;
  if (startAt === undefined)
    throw new CheckpointError(
      what,
      'Start the version that wrote them, or give --from with the time at which the scorer stopped ("scorer stopped" in its log): what arrived since is read, and alerts that exist are not written again.',
    );
  log.warn({ damaged }, `${what}; starting at --from`);
  return undefined;
}

/** Whether the charts of the model take up what they are to go on with; another model's begin anew. */
function isReadable({ isOfModel, state }: LeftBehind, { model }: FollowOptions): boolean {
  if (!isOfModel) return true;
  try {
    scorerOf(model).restore(state.stage.charts);
    return true;
  } catch (error) {
    if (error instanceof ZodError) return false;
    throw error;
  }
}

function joined(
  parts: readonly PartCheckpoint[],
  { model, partition = WHOLE }: FollowOptions,
): LeftBehind | undefined {
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
