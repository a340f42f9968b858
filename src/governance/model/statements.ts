import { z } from 'zod';

/** What is said of a model, each a signed in-toto statement beside it in the registry. */
export const PREDICATE = {
  training: 'urn:ot-anomaly:training:v1',
  gate: 'urn:ot-anomaly:gate:v1',
  staging: 'urn:ot-anomaly:staging:v1',
  evidence: 'urn:ot-anomaly:staging-evidence:v1',
  rollback: 'urn:ot-anomaly:rollback:v1',
} as const;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();
const count = z.number().int().nonnegative();
const policies = z.strictObject({
  ai_governance_policy: digest,
  retraining_policy: digest,
  approvers: digest,
});

/** On what a model was trained, under which approval, and where in the audit sequence both stand. */
export const trainingPredicate = z.strictObject({
  requested_by: z.string(),
  approved_by: z.array(z.string()).min(1),
  approval_ticket_id: z.string(),
  request_sha256: digest,
  training_window_start: time,
  training_window_end: time,
  data_sources: z.array(z.strictObject({ index: z.string(), log: z.string(), documents: count })),
  anomaly_alerts_in_window: count,
  incidents_in_window: z.array(z.string()),
  /** data reviews that let a window after an incident be used: digests of their requests */
  data_reviews: z.array(digest),
  /** rows left out: confirmed true positives never train */
  excluded_documents: count,
  training_dataset_sha256: digest,
  previous_model_sha256: digest.nullable(),
  approval_audit_sequence: z.number().int().min(1),
  training_audit_sequence: z.number().int().min(1),
  started_at: time,
  finished_at: time,
  policies,
});

export const gatePredicate = z.strictObject({ passed: z.boolean(), gated_at: time });

/** From here on the model runs beside production. */
export const stagingPredicate = z.strictObject({
  namespace: z.string(),
  staged_at: time,
  staged_by: z.string(),
});

const day = z.strictObject({ day: z.iso.date(), shadow: count, production: count });

/** How the staging went: documents that the staged model scored beside those that production (or the sources) had. */
export const evidencePredicate = z.strictObject({
  namespace: z.string(),
  staged_at: time,
  counted_at: time,
  compared_with: z.enum(['production', 'sources']),
  days: z.array(day),
  /** SHA-256 of comparison.json; null where there is no production model to compare with */
  comparison_sha256: digest.nullable(),
});

export const rollbackPredicate = z.strictObject({
  namespace: z.string(),
  sequence: z.number().int().min(2),
  /** digest of the deployment that is left, which names the model gone back to */
  of: digest,
  model_sha256: digest,
  alert_line: z.number(),
  structure_only: z.boolean(),
  person: z.string(),
  reason: z.string().min(1).max(1_000),
  signed_at: time,
});

export type TrainingPredicate = z.infer<typeof trainingPredicate>;
export type GatePredicate = z.infer<typeof gatePredicate>;
export type StagingPredicate = z.infer<typeof stagingPredicate>;
export type EvidencePredicate = z.infer<typeof evidencePredicate>;
export type RollbackPredicate = z.infer<typeof rollbackPredicate>;
