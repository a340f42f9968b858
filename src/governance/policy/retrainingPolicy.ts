import { z } from 'zod';
import { adversarialGateSchema } from './adversarialGate.js';

const text = z.string().min(1).max(1_000);

export const PROHIBITED_CONDITIONS = [
  'active_incident_open',
  'post_incident_window',
  'unreviewed_anomaly_cluster',
] as const;
export type ProhibitedCondition = (typeof PROHIBITED_CONDITIONS)[number];

export const PROVENANCE_REQUIREMENTS = [
  'log_training_window_start',
  'log_training_window_end',
  'log_data_sources',
  'log_anomaly_alerts_in_window',
  'log_incidents_in_window',
  'sign_training_dataset_hash',
] as const;

/** The fields of a line of the retrain log. */
export const LOG_FIELDS = [
  'timestamp',
  'requested_by',
  'approved_by',
  'approval_ticket_id',
  'training_window_start',
  'training_window_end',
  'training_dataset_sha256',
  'previous_model_sha256',
  'new_model_sha256',
  'adversarial_test_result',
] as const;

const required = z
  .string()
  .regex(/^required\b/, 'expected "required": this system does not train without it');

const provenance = z.union(
  PROVENANCE_REQUIREMENTS.map((name) => z.strictObject({ [name]: required })) as unknown as readonly [
    z.ZodType<Record<string, string>>,
    z.ZodType<Record<string, string>>,
  ],
  `expected one of: ${PROVENANCE_REQUIREMENTS.join(', ')}`,
);

const validation = z.union(
  [
    z.strictObject({ adversarial_robustness_test: required }),
    z.strictObject({ comparison_against_previous_model: required }),
    z.strictObject({ staging_period_days: z.number().int().min(1).max(90) }),
  ],
  'expected one of: adversarial_robustness_test: required, comparison_against_previous_model: required, staging_period_days: <days>',
);

/** The policy of when a model is trained anew; see policies/retraining_policy.yaml. */
export const retrainingPolicySchema = z.strictObject({
  retraining_policy: z.strictObject({
    system_id: text,
    authorization: z.strictObject({
      who_can_request: z.array(text).min(1),
      who_must_approve: z.array(text).min(1),
      minimum_approvals: z.number().int().min(1).max(10),
      approval_must_precede_retrain: z.literal(
        true,
        'expected true: an approval after the fact approves nothing',
      ),
    }),
    prohibited_conditions: z
      .array(z.strictObject({ condition: z.enum(PROHIBITED_CONDITIONS), description: text }))
      .refine(
        (list) => PROHIBITED_CONDITIONS.every((name) => list.some(({ condition }) => condition === name)),
        `expected each of: ${PROHIBITED_CONDITIONS.join(', ')}`,
      ),
    data_provenance_requirements: z
      .array(provenance)
      .refine(
        (list) => PROVENANCE_REQUIREMENTS.every((name) => list.some((entry) => name in entry)),
        `expected each of: ${PROVENANCE_REQUIREMENTS.join(', ')}`,
      ),
    logging: z.strictObject({
      /** an append-only file, besides the audit stream */
      retrain_events_log: text,
      log_fields: z
        .array(z.enum(LOG_FIELDS))
        .refine(
          (list) => LOG_FIELDS.every((name) => list.includes(name)),
          `expected each of: ${LOG_FIELDS.join(', ')}`,
        ),
    }),
    post_retrain_validation: z
      .array(validation)
      .refine((list) => list.filter((entry) => 'staging_period_days' in entry).length === 1, {
        message: 'expected staging_period_days once',
      })
      .refine(
        (list) =>
          list.some((entry) => 'adversarial_robustness_test' in entry) &&
          list.some((entry) => 'comparison_against_previous_model' in entry),
        { message: 'expected adversarial_robustness_test and comparison_against_previous_model' },
      ),
    /** our own key: what `adversarial_robustness_test` asks for in figures */
    adversarial_gate: adversarialGateSchema,
  }),
});

export type RetrainingPolicy = z.infer<typeof retrainingPolicySchema>['retraining_policy'];

/** Days that a model runs beside production before it may replace it. */
export function stagingDays(policy: RetrainingPolicy): number {
  for (const entry of policy.post_retrain_validation)
    if ('staging_period_days' in entry) return entry.staging_period_days;
  throw new TypeError('the policy has no staging_period_days');
}
