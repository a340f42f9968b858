import type { alertState } from '../../app/alertState.js';
import type { Decision } from '../../decision/standing.js';
import type { AlertState } from './schemas.js';

export function decisionView({ id, action, by, at, justification, ticket, recommendationId }: Decision) {
  return { id, action, by, at, justification, ticket, recommendation_id: recommendationId };
}

export function stateView(state: NonNullable<Awaited<ReturnType<typeof alertState>>>): AlertState {
  const { alert, standing, decisions, opinion, drafts } = state;
  return {
    alert_id: alert.id,
    severity: alert.document.event.severity,
    standing,
    human_confirmation_required: standing === 'undecided' || standing === 'conflict',
    decisions: decisions.map(decisionView),
    advice:
      opinion === undefined
        ? null
        : {
            advisory_only: true,
            outcome: opinion.outcome,
            classification: opinion.classification,
            confidence: opinion.confidence,
          },
    drafts: drafts.map(({ id, target, text, standing }) => ({ id, target, text, status: standing })),
  };
}
