import { z } from 'zod';
import { canonicalBytes, sha256 } from '../../registry/digest.js';
import { checkDocument } from '../parseDocument.js';
import { APPROVED_ACTIONS, type ApprovedAction } from '../policy/aiGovernancePolicy.js';
import { parseRelation } from '../review/newAssetList.js';
import { type Envelope, payloadOf } from '../signing/dsse.js';
import { payloadJson } from '../signing/statement.js';

export const REQUEST_PAYLOAD = 'application/vnd.ot-anomaly.approval-request+json';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hexadecimal');
const time = z.iso.datetime();
/** On the scale of scores, −0.5 … 0.5; above 0 half of all normal traffic would alert. */
const alertLine = z.number().gt(-0.5).lte(0);

/** To train on this window of these documents. */
const retrain = z.strictObject({
  kind: z.literal('retrain'),
  namespace: z.string().min(1),
  index: z.string().min(1),
  /** how rows lie in the index: the profile's name, and the digest of what gives them their meaning */
  profile: z.strictObject({ name: z.string().min(1), sha256: digest }),
  from: time,
  to: time,
  previous_model_sha256: digest.nullable(),
});

/** To let this model alert, at this line. */
const deployment = z.strictObject({
  kind: z.literal('deployment'),
  namespace: z.string().min(1),
  /** one more than that of the deployment before */
  sequence: z.number().int().min(1),
  /** digest of the request of the deployment before; null for the first */
  previous: digest.nullable(),
  model_sha256: digest,
  /** below it an anomaly is an alert: it stands here and nowhere else */
  alert_line: alertLine,
  /** the one model that the person on call may go back to alone */
  rollback: z
    .strictObject({ model_sha256: digest, alert_line: alertLine, structure_only: z.boolean() })
    .nullable(),
  /** SHA-256 of the files that speak for the model */
  evidence: z.strictObject({
    training: digest,
    gate: digest,
    staging: digest.nullable(),
    comparison: digest.nullable(),
  }),
});

/** That a person looked through the data of a window by hand, after an incident. */
const dataReview = z.strictObject({
  kind: z.literal('data-review'),
  namespace: z.string().min(1),
  from: time,
  to: time,
  incidents: z.array(z.string().min(1)).min(1),
  finding: z.string().min(20, 'expected what was looked at and found, at least 20 characters'),
});

/** Relations of a new asset that views may leave out until it is trained on. Scoring goes on. */
const newAsset = z
  .strictObject({
    kind: z.literal('new-asset'),
    namespace: z.string().min(1),
    asset: z.string().min(1),
    relations: z
      .array(
        z
          .string()
          .refine(
            (text) => parseRelation(text) !== undefined,
            'expected "source -> destination:port", such as "10.0.0.9 -> 10.0.0.2:502"',
          ),
      )
      .min(1)
      .max(1_000),
    until: time,
  })
  .refine(
    ({ asset, relations }) =>
      relations.every((text) => {
        const relation = parseRelation(text);
        return relation === undefined || relation.source === asset || relation.destination === asset;
      }),
    { path: ['relations'], message: 'expected relations of the asset alone' },
  );

export const contentSchema = z.discriminatedUnion('kind', [retrain, deployment, dataReview, newAsset]);
export type Content = z.infer<typeof contentSchema>;
export type RetrainContent = z.infer<typeof retrain>;
export type DeploymentContent = z.infer<typeof deployment>;
export type DataReviewContent = z.infer<typeof dataReview>;

/** What people are asked to sign. Its canonical bytes are what the fingerprint and every approval speak of. */
export const requestSchema = z.strictObject({
  kind: z.literal('ot-anomaly-approval-request'),
  /** random, so that the same content asked for twice is two requests */
  id: z.string().min(16).max(64),
  action: z.enum(APPROVED_ACTIONS),
  content: contentSchema,
  requested_by: z.string().min(1),
  requested_at: time,
  expires: time,
  ticket: z.string().min(1).max(200),
  policies: z.strictObject({ ai_governance_policy: digest, retraining_policy: digest, approvers: digest }),
});

export type ApprovalRequest = z.infer<typeof requestSchema>;

export interface ReadRequest {
  readonly request: ApprovalRequest;
  /** SHA-256 of the canonical bytes */
  readonly sha256: string;
}

/** @throws {GovernanceError} invalid_document: other type, unknown keys, bytes that are not canonical */
export function readRequest(name: string, envelope: Envelope): ReadRequest {
  const request = checkDocument(name, payloadJson(name, envelope, REQUEST_PAYLOAD), requestSchema);
  const canonical = canonicalBytes(request);
  checkDocument(
    name,
    Buffer.compare(canonical, payloadOf(envelope)),
    z.literal(0, 'its bytes are not the canonical ones of what it says'),
  );
  return { request, sha256: sha256(canonical) };
}

/**
 * Which of the policy's actions a content is. A model at the line that is already in force is a retrained model; a
 * line that differs, or the first line of all, is a change of threshold, whatever else changes with it. So is a line to go
 * back to that differs: one person puts it in force alone.
 */
export function actionOf(content: Content, lineInForce: number | undefined): ApprovedAction {
  if (content.kind !== 'deployment') return 'retrain model';
  const lines = [content.alert_line, content.rollback?.alert_line ?? content.alert_line];
  return lines.every((line) => line === lineInForce) ? 'retrain model' : 'change detection threshold';
}
