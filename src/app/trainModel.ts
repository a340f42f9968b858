import type { Client } from '@elastic/elasticsearch';
import { Inventory } from '../anomaly/assetContext.js';
import { expectedPartners } from '../anomaly/expectedPartners.js';
import { readAssets } from '../elasticsearch/assetStore.js';
import { writeAudit } from '../elasticsearch/auditLog.js';
import { elasticsearchBaseline } from '../elasticsearch/baselineSource.js';
import { explaining } from '../elasticsearch/errors.js';
import { PointInTime } from '../elasticsearch/pointInTime.js';
import { requireSources } from '../elasticsearch/requireSources.js';
import { readWindowAlerts } from '../elasticsearch/windowAlerts.js';
import { isoOf } from '../isoTime.js';
import {
  describeReview,
  type ReviewContext,
  reviewTraining,
  type TrainingReview,
} from '../model/training/review.js';
import { type Refusal, type TrainingOptions, type TrainingProgress, train } from '../model/training/train.js';
import { loadProfile } from '../profiles/load.js';
import { modelProfile } from '../profiles/modelProfile.js';
import type { IndexProfile } from '../profiles/schema.js';
import { type LoadedModel, storeModel } from '../registry/store.js';

/** The review of a training as it lies beside its model: for people, and for programs. */
export function reviewFiles(review: TrainingReview, sha256: string): Readonly<Record<string, string>> {
  return {
    'training-review.md': describeReview(review, sha256),
    'training-review.json': `${JSON.stringify({ modelSha256: sha256, ...review }, null, 2)}\n`,
  };
}

/** What the inventory and people's decisions add to the review. */
export async function reviewContext({
  client,
  namespace,
  training: { from, to },
}: Pick<TrainModelOptions, 'client' | 'namespace' | 'training'>): Promise<ReviewContext> {
  const inventory = new Inventory(await readAssets(client, namespace));
  const alerts = await readWindowAlerts(client, namespace, isoOf(from), isoOf(to));
  return { inventory: expectedPartners(inventory), openAnomalies: alerts.undecided };
}

export interface TrainModelOptions {
  readonly client: Client;
  readonly index: string;
  /** how the rows lie in the index; our own streams by default */
  readonly profile?: IndexProfile;
  readonly namespace: string;
  readonly folder: string;
  readonly training: TrainingOptions;
  readonly progress: TrainingProgress;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** Trains on one frozen view of the documents and stores the model; a refusal stores nothing. */
export async function trainModel(
  options: TrainModelOptions,
): Promise<LoadedModel | { readonly refusal: Refusal }> {
  const { client, index, namespace, profile = loadProfile() } = options;
  const training = { ...options.training, profile: modelProfile(profile) };
  await requireSources(client, index, profile);
  await writeAudit(
    client,
    namespace,
    {
      part: 'trainer',
      action: 'training-started',
      message: `training on ${index} through profile ${profile.name} from ${isoOf(training.from)} to ${isoOf(training.to)}`,
    },
    options.newId(),
    options.now(),
  );
  const pit = await explaining(`reading ${index}`, () => PointInTime.open(client, index));
  try {
    const result = await explaining(`reading the baseline from ${index}`, () =>
      train(elasticsearchBaseline(pit, training.from, training.to, profile), training, options.progress),
    );
    if ('refusal' in result) return result;
    const review = reviewTraining(result.evidence, await reviewContext(options));
    return storeModel(options.folder, result.model, (sha256) => reviewFiles(review, sha256));
  } finally {
    await pit.close().catch(() => {}); // it expires by itself
  }
}
