import { ECS_VERSION } from '../anomaly/document.js';
import type { Alert } from './alert.js';
import { ANSWER_SCHEMA_VERSION, type Answer, type Classification } from './answer.js';
import type { FallbackReason, SkipReason } from './fallback.js';
import type { Guardrail, Proposal } from './guardrails.js';
import { needsChangeTicket } from './proposal.js';

/** How an annotation came about. */
export type Outcome =
  | {
      readonly outcome: 'answered';
      readonly guardrails: readonly Guardrail[];
      readonly techniques: readonly string[];
      readonly modelClassification: Classification;
    }
  | { readonly outcome: 'fallback'; readonly reason: FallbackReason }
  | { readonly outcome: 'skipped'; readonly reason: SkipReason };

/** What was asked of whom, and what it took. */
export interface Provenance {
  readonly promptVersion: string;
  readonly promptSha256: string;
  readonly modelRequested: string;
  readonly modelAnswered?: string | undefined;
  readonly inputSha256?: string | undefined;
  readonly requestId?: string | undefined;
  readonly stopReason?: string | undefined;
  readonly pseudonymised: boolean;
  readonly latencyMs: number;
  readonly tokens?: { readonly input: number; readonly output: number } | undefined;
  readonly cost?: number | undefined;
}

export interface AnnotationInput {
  readonly alert: Pick<Alert, 'id' | 'index'>;
  readonly namespace: string;
  readonly answer: Answer;
  readonly how: Outcome;
  readonly provenance: Provenance;
  /** the SOAR's request it answers */
  readonly request?: string | undefined;
  readonly now: Date;
}

/** An annotation in ECS: an opinion on an alert, which stays as it is. */
export function annotationDocument(input: AnnotationInput): Record<string, unknown> {
  const { alert, answer, how, provenance, namespace, now } = input;
  const { modelAnswered, inputSha256, requestId, stopReason, tokens, cost } = provenance;
  return {
    '@timestamp': now.toISOString(),
    message:
      how.outcome === 'skipped' ? 'LLM triage skipped' : `${answer.classification}: ${answer.reasoning}`,
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: 'ot_anomaly.triage', namespace },
    event: {
      kind: 'enrichment',
      category: ['intrusion_detection'],
      type: ['info'],
      action: how.outcome === 'skipped' ? 'llm-triage-skipped' : 'llm-triage',
      outcome: how.outcome === 'answered' ? 'success' : how.outcome === 'skipped' ? 'unknown' : 'failure',
      module: 'ot_anomaly',
      dataset: 'ot_anomaly.triage',
    },
    ot_anomaly: {
      alert: { id: alert.id, index: alert.index },
      triage: {
        ...answer,
        triage_timestamp: now.toISOString(),
        advisory_only: true,
        human_confirmation_required: true,
        outcome: how.outcome,
        ...(how.outcome === 'answered'
          ? {
              model_classification: how.modelClassification,
              guardrails: how.guardrails,
              techniques: how.techniques,
            }
          : { reason: how.reason }),
        ...(input.request === undefined ? {} : { request: input.request }),
        model: {
          requested: provenance.modelRequested,
          ...(modelAnswered === undefined ? {} : { answered: modelAnswered }),
        },
        prompt: { version: provenance.promptVersion, sha256: provenance.promptSha256 },
        schema_version: ANSWER_SCHEMA_VERSION,
        pseudonymised: provenance.pseudonymised,
        latency_ms: Math.round(provenance.latencyMs),
        ...(inputSha256 === undefined ? {} : { input_sha256: inputSha256 }),
        ...(requestId === undefined ? {} : { request_id: requestId }),
        ...(stopReason === undefined ? {} : { stop_reason: stopReason }),
        ...(tokens === undefined ? {} : { tokens }),
        ...(cost === undefined ? {} : { cost }),
      },
    },
  };
}

export interface DraftInput {
  readonly alert: Pick<Alert, 'id' | 'index'>;
  readonly namespace: string;
  readonly proposal: Proposal;
  readonly proposedBy: string;
  readonly now: Date;
}

/** A draft: what an AI proposes to change, waiting for a person. Nothing in this system carries it out. */
export function draftDocument({
  alert,
  namespace,
  proposal,
  proposedBy,
  now,
}: DraftInput): Record<string, unknown> {
  return {
    '@timestamp': now.toISOString(),
    message: `Draft for a person to decide on (${proposal.target}): ${proposal.text}`,
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: 'ot_anomaly.recommendation', namespace },
    event: {
      kind: 'event',
      category: ['intrusion_detection'],
      type: ['info'],
      action: 'recommendation-drafted',
      module: 'ot_anomaly',
      dataset: 'ot_anomaly.recommendation',
    },
    ot_anomaly: {
      alert: { id: alert.id, index: alert.index },
      recommendation: {
        status: 'pending_human_approval',
        target: proposal.target,
        needs_change_ticket: needsChangeTicket(proposal.target, proposal.text),
        text: proposal.text,
        proposed_by: proposedBy,
        advisory_only: true,
        human_confirmation_required: true,
      },
    },
  };
}
