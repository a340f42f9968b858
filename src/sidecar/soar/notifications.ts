import { type Decision, draftStanding, standingOf } from '../../decision/standing.js';
import type { Alert } from '../../triage/alert.js';
import { digest } from '../../triage/ids.js';
import { cleanText } from '../../triage/untrusted.js';

/** Something that a SOAR is told. The id stays the same however often it is sent. */
export interface Notification {
  readonly id: string;
  readonly type: 'alert.undecided' | 'alert.overdue' | 'decision.recorded';
  readonly alert: Pick<Alert, 'id' | 'index'>;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * An alert that nobody has decided on, new or overdue, as news and nothing else: no verdict, no advice of an AI, nothing that a playbook could act on.
 *
 * @param url of the decision server, as people reach it
 */
export function ofAlert(
  alert: Alert,
  url: string | undefined,
  type: 'alert.undecided' | 'alert.overdue' = 'alert.undecided',
): Notification {
  const { document } = alert;
  return {
    id: digest('notification', type, alert.id),
    type,
    alert,
    data: {
      alert_id: alert.id,
      time: document['@timestamp'],
      severity: document.event.severity,
      summary: cleanText(document.message, 1_000),
      source: document.source?.address,
      destination: document.destination?.address,
      human_confirmation_required: true,
      ...linkTo(alert.id, url),
    },
  };
}

/**
 * What a person decided: the only message that may start anything, unless people contradict each other.
 *
 * @param all decisions known on the same alert
 */
export function ofDecision(
  decision: Decision,
  alert: Pick<Alert, 'id' | 'index'>,
  url: string | undefined,
  all: readonly Decision[],
): Notification {
  const { recommendationId } = decision;
  const isContested =
    standingOf(all) === 'conflict' ||
    (recommendationId !== '' && draftStanding(recommendationId, all) === 'conflict');
  return {
    id: digest('notification', 'decision', decision.id),
    type: 'decision.recorded',
    alert,
    data: {
      alert_id: decision.alertId,
      decision_id: decision.id,
      action: decision.action,
      by: decision.by,
      time: decision.at,
      ...(decision.ticket === '' ? {} : { ticket: decision.ticket }),
      ...(decision.recommendationId === '' ? {} : { recommendation_id: decision.recommendationId }),
      human_confirmation_required: isContested,
      ...linkTo(decision.alertId, url),
    },
  };
}

function linkTo(alertId: string, url: string | undefined): { readonly url?: string } {
  return url === undefined ? {} : { url: `${url}/alerts/${encodeURIComponent(alertId)}` };
}
