import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { GovernanceError } from '../../governance/governanceError.js';
import type { TrainingPredicate } from '../../governance/model/statements.js';
import type { LOG_FIELDS, RetrainingPolicy } from '../../governance/policy/retrainingPolicy.js';

/** A line of the retrain log: every field, null where it isn't known yet. */
export type RetrainFields = Readonly<Record<(typeof LOG_FIELDS)[number], string | null>>;

export function retrainFields(
  at: Date,
  training: Partial<TrainingPredicate> | undefined,
  known: Partial<RetrainFields> = {},
): RetrainFields {
  return {
    timestamp: at.toISOString(),
    requested_by: training?.requested_by ?? null,
    approved_by: training?.approved_by?.join(', ') ?? null,
    approval_ticket_id: training?.approval_ticket_id ?? null,
    training_window_start: training?.training_window_start ?? null,
    training_window_end: training?.training_window_end ?? null,
    training_dataset_sha256: training?.training_dataset_sha256 ?? null,
    previous_model_sha256: training?.previous_model_sha256 ?? null,
    new_model_sha256: null,
    adversarial_test_result: null,
    ...known,
  };
}

/** Appends the line to the policy's `retrain_events_log`. @throws {GovernanceError} audit_failed: then nothing goes on */
export function appendRetrainLog(policy: RetrainingPolicy, fields: RetrainFields): void {
  const path = policy.logging.retrain_events_log;
  try {
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, `${JSON.stringify(fields)}\n`, { mode: 0o640 });
  } catch (cause) {
    throw new GovernanceError(
      'audit_failed',
      `${path}: the retrain log can't be written`,
      'Give the user the right to append to it, or have a policy signed that names another file.',
      { cause },
    );
  }
}
