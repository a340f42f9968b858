import type { Client } from '@elastic/elasticsearch';
import { Inventory } from '../../anomaly/assetContext.js';
import { expectedPartners } from '../../anomaly/expectedPartners.js';
import { readAssets } from '../../elasticsearch/assetStore.js';
import { recordOfRequest } from '../../elasticsearch/auditQueries.js';
import { elasticsearchBaseline } from '../../elasticsearch/baselineSource.js';
import { datasetDigest } from '../../elasticsearch/datasetDigest.js';
import { readIncidents } from '../../elasticsearch/incidents.js';
import { PointInTime } from '../../elasticsearch/pointInTime.js';
import { openReview } from '../../elasticsearch/reviews.js';
import { sourceRows } from '../../elasticsearch/shadowCounts.js';
import { attackQueries, readWindowAlerts } from '../../elasticsearch/windowAlerts.js';
import type { DataReviewContent, RetrainContent } from '../../governance/approval/request.js';
import { GovernanceError } from '../../governance/governanceError.js';
import { PREDICATE, type TrainingPredicate } from '../../governance/model/statements.js';
import { evaluateRetrain, touchedIncidents } from '../../governance/retrain/evaluateRetrain.js';
import type { Signer } from '../../governance/signing/signer.js';
import { signStatement } from '../../governance/signing/statement.js';
import { reviewTraining } from '../../model/training/review.js';
import { type TrainingOptions, type TrainingProgress, train } from '../../model/training/train.js';
import { modelProfile } from '../../profiles/modelProfile.js';
import type { IndexProfile } from '../../profiles/schema.js';
import { canonicalBytes, sha256 } from '../../registry/digest.js';
import { type LoadedModel, storeModel } from '../../registry/store.js';
import { reviewFiles } from '../trainModel.js';
import { grantedRequest } from './approvals.js';
import { audit, type GovernanceContext, policiesInForce } from './context.js';
import { refusalsOfMoment } from './moment.js';
import { appendRetrainLog, retrainFields } from './retrainLog.js';

export interface RetrainOptions {
  readonly context: GovernanceContext;
  /** the trainer's own client: it reads the sources */
  readonly trainer: Client;
  readonly requestSha256: string;
  /** how rows lie in the index: the one that the request names */
  readonly profile: IndexProfile;
  /** a service key whose purpose is training */
  readonly signer: Signer;
  readonly training: Omit<TrainingOptions, 'from' | 'to' | 'acceptShortBaseline' | 'profile'>;
  readonly progress?: TrainingProgress;
}

export type RetrainResult =
  | { readonly model: LoadedModel; readonly training: TrainingPredicate }
  | { readonly refusals: readonly { readonly code: string; readonly message: string }[] };

/**
 * Trains a model that may become production: only on a request that people granted before, only while the policy's
 * conditions hold, once for each request, and with everything written down before it takes effect.
 *
 * @throws {GovernanceError} refused if the request is not granted; audit_failed; untrusted
 */
export async function retrainModel(options: RetrainOptions): Promise<RetrainResult> {
  const { context, requestSha256 } = options;
  const { client, namespace, now, files } = context;
  const policies = policiesInForce(context);
  const verdict = grantedRequest(context, requestSha256);
  const { content } = verdict.request;
  if (content.kind !== 'retrain' || content.namespace !== namespace) {
    throw new GovernanceError(
      'refused',
      `the request is for ${content.kind} in ${content.namespace}`,
      'Give the request of a retrain of this site.',
    );
  }
  const profile = modelProfile(options.profile);
  if (profile.sha256 !== content.profile.sha256) {
    throw new GovernanceError(
      'refused',
      `the request is for rows read through profile ${content.profile.name} (${content.profile.sha256.slice(0, 12)}), not ${profile.name} (${profile.sha256.slice(0, 12)})`,
      'Give the profile that the request names, as it was when people signed; or ask anew.',
    );
  }
  const approval = await recordOfRequest(client, namespace, 'approval-submitted', requestSha256);
  const started = await recordOfRequest(client, namespace, 'retrain-started', requestSha256);
  const incidents = await readIncidents(client, namespace);
  const alerts = await readWindowAlerts(client, namespace, content.from, content.to);
  const dataReviews = grantedReviews(context);
  const intent = await audit(context, {
    action: 'retrain-requested',
    message: `retrain on ${content.index} from ${content.from} to ${content.to}`,
    requestSha256,
    policies: policies.digests,
  });
  const refusals = [
    ...(approval === undefined
      ? [{ code: 'approval_missing', message: 'the audit stream holds no approval of this request' }]
      : []),
    ...(started === undefined
      ? []
      : [{ code: 'used', message: 'a retrain began on this request already; ask anew' }]),
    ...evaluateRetrain(
      content,
      {
        incidents,
        dataReviews: dataReviews.map(({ content }) => content),
        undecidedAlerts: alerts.undecided,
      },
      policies.retraining,
    ),
    ...(await refusalsOfMoment(context, intent, policies)),
  ];
  const facts = {
    requested_by: verdict.request.requested_by,
    approved_by: verdict.approvals.map(({ approver }) => approver),
    approval_ticket_id: verdict.request.ticket,
    training_window_start: content.from,
    training_window_end: content.to,
    previous_model_sha256: content.previous_model_sha256,
  };
  if (refusals.length > 0 || approval === undefined) {
    await audit(context, {
      action: 'retrain-refused',
      message: `retrain refused: ${refusals.map(({ code }) => code).join(', ')}`,
      outcome: 'failure',
      requestSha256,
      policies: policies.digests,
      reasons: refusals.map(({ code, message }) => `${code}: ${message}`),
      retrain: retrainFields(now(), facts),
    });
    return { refusals };
  }

  const [from, to] = [Date.parse(content.from) / 1000, Date.parse(content.to) / 1000];
  const without = attackQueries(alerts.attacks, options.profile);
  const excluded =
    without.length === 0
      ? 0
      : await sourceRows(
          options.trainer,
          content.index,
          options.profile,
          new Date(content.from),
          new Date(content.to),
          without,
        );
  const pit = await PointInTime.open(options.trainer, content.index, { without });
  try {
    const dataset = await datasetDigest(pit, from, to, options.profile);
    const known = { ...facts, training_dataset_sha256: dataset.sha256 };
    const startedAt = now();
    const record = await audit(context, {
      action: 'retrain-started',
      message: `training on ${content.index} from ${content.from} to ${content.to}, ${excluded} rows of confirmed attacks left out`,
      requestSha256,
      policies: policies.digests,
      retrain: retrainFields(startedAt, known),
    });
    appendRetrainLog(policies.retraining, retrainFields(startedAt, known));
    const result = await train(
      elasticsearchBaseline(pit, from, to, options.profile),
      { ...options.training, from, to, acceptShortBaseline: false, profile },
      options.progress,
    );
    if ('refusal' in result)
      return {
        refusals: [{ code: result.refusal.reason, message: 'the window holds too few days with data' }],
      };
    const training: TrainingPredicate = {
      ...known,
      request_sha256: requestSha256,
      data_sources: Object.entries(dataset.rows).map(([log, documents]) => ({
        index: content.index,
        log,
        documents,
      })),
      anomaly_alerts_in_window: alerts.alerts,
      incidents_in_window: touchedIncidents(content, incidents).map(({ id }) => id),
      data_reviews: dataReviews.map(({ sha256 }) => sha256),
      excluded_documents: excluded,
      approval_audit_sequence: approval.sequence,
      training_audit_sequence: record.sequence,
      started_at: startedAt.toISOString(),
      finished_at: now().toISOString(),
      policies: policies.digests,
    };
    const digest = sha256(canonicalBytes(result.model));
    const finished = retrainFields(now(), training, {
      new_model_sha256: digest,
      adversarial_test_result: 'pending',
    });
    await audit(context, {
      action: 'retrain-finished',
      message: `model ${digest.slice(0, 12)} was trained`,
      outcome: 'success',
      modelSha256: digest,
      requestSha256,
      policies: policies.digests,
      retrain: finished,
    });
    appendRetrainLog(policies.retraining, finished);
    const review = reviewTraining(result.evidence, {
      inventory: expectedPartners(new Inventory(await readAssets(options.trainer, namespace))),
      openAnomalies: alerts.undecided,
    });
    const model = storeModel(files.folder, result.model, (sha256) => reviewFiles(review, sha256));
    const subjects = [
      { name: 'model.json', sha256: model.sha256 },
      { name: 'dataset', sha256: dataset.sha256 },
    ];
    await files.publishModel(model.sha256);
    await files.writeStatement(
      model.sha256,
      'training',
      await signStatement(PREDICATE.training, subjects, training, options.signer),
    );
    await openReview(client, namespace, { trigger: 'retrain', subject: model.sha256.slice(0, 12) }, now());
    return { model, training };
  } finally {
    await pit.close().catch(() => {}); // it expires by itself
  }
}

/** Data reviews in the registry that people granted and that have not run out. */
function grantedReviews(
  context: GovernanceContext,
): readonly { readonly sha256: string; readonly content: DataReviewContent }[] {
  return context.files.listRequests().flatMap((digest) => {
    try {
      const { request, sha256: found } = grantedRequest(context, digest);
      return request.content.kind === 'data-review' ? [{ sha256: found, content: request.content }] : [];
    } catch (error) {
      if (error instanceof GovernanceError) return [];
      throw error;
    }
  });
}

export type { RetrainContent };
