import { ECS_VERSION } from '../anomaly/document.js';
import type { Alert } from '../triage/alert.js';
import { digest } from '../triage/ids.js';
import { agreesWithAi, recommendedDismissal, type StoredDraft, type StoredOpinion } from './opinion.js';
import type { DecisionRequest } from './request.js';
import { driftChart } from './rules.js';

/** The `_id` of a decision: the same form or idempotency key sent twice is one decision. */
export function decisionId(by: string, alertId: string, key: string): string {
  return digest('decision', by, alertId, key);
}

export interface DecisionInput {
  readonly alert: Alert;
  readonly namespace: string;
  readonly request: DecisionRequest;
  /** the newest annotation, if there is one */
  readonly opinion: StoredOpinion | undefined;
  readonly drafts: readonly StoredDraft[];
  readonly blind: boolean;
  readonly now: Date;
}

/** A person's decision in ECS. It names no author: Elasticsearch stamps who is signed in. */
export function decisionDocument(input: DecisionInput): Record<string, unknown> {
  const { alert, namespace, request, opinion, drafts, now, blind } = input;
  const agrees = agreesWithAi(request.action, opinion);
  const chart = request.action === 'reset_drift' ? driftChart(alert) : undefined;
  const given = (name: string, value: string) => (value === '' ? {} : { [name]: value });
  return {
    '@timestamp': now.toISOString(),
    message: `${request.action} on ${alert.document.message || alert.id}`,
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: 'ot_anomaly.decision', namespace },
    event: {
      kind: 'event',
      category: ['intrusion_detection'],
      type: ['info'],
      action: `decision-${request.action.replace('_', '-')}`,
      module: 'ot_anomaly',
      dataset: 'ot_anomaly.decision',
    },
    ot_anomaly: {
      alert: { id: alert.id, index: alert.index },
      decision: {
        action: request.action,
        ...given('justification', request.justification),
        ...given('ticket', request.ticket),
        ...given('recommendation_id', request.recommendation_id),
        ...(chart === undefined ? {} : { chart }),
        ...(opinion === undefined ? {} : { ai_classification: opinion.classification }),
        ai_recommended_dismissal: recommendedDismissal(opinion, drafts),
        ...(agrees === undefined ? {} : { agrees_with_ai: agrees }),
        ...(blind ? { blind_check: true } : {}),
        ...(request.seen.length === 0 ? {} : { seen: request.seen }),
      },
    },
  };
}
