import type { Incident } from '../incident/incident.js';
import { taintOf } from '../incident/taint.js';
import type { GateResult } from '../model/gateResult.js';
import type { EvidencePredicate, TrainingPredicate } from '../model/statements.js';
import type { Policies } from '../policy/policyFiles.js';
import { stagingDays } from '../policy/retrainingPolicy.js';

export type DeploymentRefusalCode =
  | 'lab_model'
  | 'short_baseline'
  | 'gate_missing'
  | 'gate_failed'
  | 'approval_after_training'
  | 'not_staged'
  | 'staging_too_short'
  | 'shadow_incomplete'
  | 'comparison_missing'
  | 'tainted'
  | 'change_freeze'
  | 'clock_skew'
  | 'clock_backwards'
  | 'rollback_unfit';

export interface DeploymentRefusal {
  readonly code: DeploymentRefusalCode;
  readonly message: string;
}

/** What is known of a model; undefined where there is no statement, or one that nobody may make. */
export interface ModelFacts {
  readonly modelSha256: string;
  readonly shortBaseline: boolean;
  readonly training: TrainingPredicate | undefined;
  readonly gate: GateResult | undefined;
  readonly evidence: EvidencePredicate | undefined;
}

/** Share of production's documents that the staged model must have scored, too. */
export const SHADOW_SHARE_AT_LEAST = 0.99;
/** Clocks further apart than this make every "before" and "after" a guess. */
export const CLOCK_DIFFERENCE_MAX_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

/**
 * Why this model may not be put into production; empty if it may.
 *
 * @param replaces whether another model is in production: then the two must have been compared
 */
export function modelRefusals(
  facts: ModelFacts,
  policies: Policies,
  incidents: readonly Incident[],
  replaces: boolean,
): readonly DeploymentRefusal[] {
  const { training, gate } = facts;
  const refusals: DeploymentRefusal[] = [];
  const refuse = (code: DeploymentRefusalCode, message: string) => refusals.push({ code, message });
  if (training === undefined)
    refuse('lab_model', 'no signed statement says how it was trained: a lab model, for good');
  if (facts.shortBaseline) refuse('short_baseline', 'its baseline has fewer days than production needs');
  if (gate === undefined) refuse('gate_missing', 'no signed result of the adversarial gate');
  else if (!gate.passed) refuse('gate_failed', `the adversarial gate failed: ${gate.reasons.join('; ')}`);
  if (training !== undefined) {
    if (training.approval_audit_sequence >= training.training_audit_sequence)
      refuse('approval_after_training', 'its training stands before its approval in the audit sequence');
    const taint = taintOfModel(training, incidents);
    if (taint.length > 0)
      refuse('tainted', `trained on data of the time of incident ${taint.map(({ id }) => id).join(', ')}`);
  }
  return [...refusals, ...stagingRefusals(facts.evidence, policies, replaces)];
}

function stagingRefusals(
  evidence: EvidencePredicate | undefined,
  policies: Policies,
  replaces: boolean,
): readonly DeploymentRefusal[] {
  const wanted = stagingDays(policies.retraining);
  if (evidence === undefined)
    return [{ code: 'not_staged', message: `no signed evidence of ${wanted} days beside production` }];
  const refusals: DeploymentRefusal[] = [];
  const elapsed = (Date.parse(evidence.counted_at) - Date.parse(evidence.staged_at)) / DAY_MS;
  const complete = evidence.days.filter(
    ({ shadow, production }) => production > 0 && shadow >= SHADOW_SHARE_AT_LEAST * production,
  );
  if (elapsed < wanted)
    refusals.push({
      code: 'staging_too_short',
      message: `staged for ${elapsed.toFixed(1)} days, ${wanted} are needed`,
    });
  if (complete.length < wanted) {
    const short = evidence.days.map(({ day, shadow, production }) => `${day}: ${shadow} of ${production}`);
    refusals.push({
      code: 'shadow_incomplete',
      message: `it scored at least ${SHADOW_SHARE_AT_LEAST * 100} % of what ${evidence.compared_with} had on ${complete.length} of ${wanted} days (${short.join(', ') || 'no day'})`,
    });
  }
  if (replaces && evidence.comparison_sha256 === null)
    refusals.push({ code: 'comparison_missing', message: 'no comparison with the model in production' });
  return refusals;
}

/** Incidents that its training could have learnt from; those whose data people had reviewed by then don't count. */
export function taintOfModel(
  training: TrainingPredicate,
  incidents: readonly Incident[],
): readonly Incident[] {
  const { training_window_start, training_window_end, incidents_in_window } = training;
  return taintOf(training_window_start, training_window_end, incidents).filter(
    ({ id }) => !incidents_in_window.includes(id),
  );
}

/** Why this model may not be the one to go back to. A tainted one may, with its structure only. */
export function rollbackRefusals(
  facts: ModelFacts,
  structureOnly: boolean,
  incidents: readonly Incident[],
): readonly DeploymentRefusal[] {
  const { training, gate } = facts;
  const unfit = (message: string): DeploymentRefusal => ({
    code: 'rollback_unfit',
    message: `the model to go back to: ${message}`,
  });
  const taint = training === undefined ? [] : taintOfModel(training, incidents);
  return [
    ...(training === undefined || facts.shortBaseline ? [unfit('a lab model')] : []),
    ...(gate?.passed === true ? [] : [unfit('it has not passed the adversarial gate')]),
    ...(taint.length > 0 && !structureOnly
      ? [unfit('tainted by an incident: it may serve with structure only')]
      : []),
  ];
}

/** Why nothing may be approved or deployed at this moment, whatever the model. Never asked before scoring. */
export function momentRefusals(
  now: Date,
  clocks: { readonly server: Date; readonly newestAudit: Date | undefined },
  policies: Policies,
): readonly DeploymentRefusal[] {
  const { server, newestAudit } = clocks;
  const apart = Math.abs(now.getTime() - server.getTime());
  const freeze = policies.aiGovernance.change_freeze.find(
    ({ from, to }) => now >= new Date(from) && now < new Date(to),
  );
  return [
    ...(apart > CLOCK_DIFFERENCE_MAX_MS
      ? [
          {
            code: 'clock_skew' as const,
            message: `this host's clock and Elasticsearch's differ by ${Math.round(apart / 1000)} s, at most ${CLOCK_DIFFERENCE_MAX_MS / 1000} are allowed`,
          },
        ]
      : []),
    ...(newestAudit !== undefined && newestAudit.getTime() - now.getTime() > CLOCK_DIFFERENCE_MAX_MS
      ? [
          {
            code: 'clock_backwards' as const,
            message: `the newest audit record is of ${newestAudit.toISOString()}, after now: a clock ran backwards`,
          },
        ]
      : []),
    ...(freeze === undefined
      ? []
      : [{ code: 'change_freeze' as const, message: `change freeze until ${freeze.to}: ${freeze.reason}` }]),
  ];
}
