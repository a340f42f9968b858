import type { Response } from 'express';
import { decide } from '../../app/decide.js';
import type { DecisionRequest } from '../../decision/request.js';
import type { Caller } from '../caller.js';
import { type ProblemInput, sendProblem } from '../problem.js';
import { unfit } from '../signIn.js';
import type { Site } from '../site.js';
import { decisionView } from './views.js';

export const NO_SUCH_ALERT: ProblemInput = {
  status: 404,
  code: 'no-such-alert',
  title: 'No such alert',
  detail: 'Expected the _id of a document of event.kind alert in the anomaly stream.',
};

/** A decision that a program brings for a person, with that person's credential; the rules are those of the page. */
export async function decideAs(
  site: Site,
  { client, principal }: Caller,
  alertId: string,
  request: DecisionRequest,
  key: string,
  response: Response,
): Promise<void> {
  const reason = unfit(principal);
  if (reason !== undefined) {
    sendProblem(response, {
      status: 403,
      code: 'unfit-account',
      title: 'Not with this account',
      detail: reason,
    });
    return;
  }
  const decided = await decide({
    client,
    namespace: site.namespace,
    by: principal.username,
    alertId,
    request,
    key,
    ticketPattern: site.settings.ticketPattern,
    blind: false,
    now: site.now(),
  });
  switch (decided.kind) {
    case 'no_such_alert':
      sendProblem(response, NO_SUCH_ALERT);
      return;
    case 'refused':
      sendProblem(response, {
        status: 422,
        code: 'decision-refused',
        title: 'The decision lacks something',
        detail: decided.problems.map(({ message }) => message).join(' '),
        errors: [...decided.problems],
      });
      return;
    case 'key_used':
      sendProblem(response, {
        status: 422,
        code: 'idempotency-key-used',
        title: 'The key belongs to another decision',
        detail: 'This Idempotency-Key was used for a decision of other content.',
      });
      return;
    case 'stored':
      if (!decided.again) site.metrics.decision(request.action);
      site.log.info(
        { user: { name: principal.username }, event: { action: request.action, id: decided.decision.id } },
        'decision stored',
      );
      response.status(decided.again ? 200 : 201).json({
        decision: decisionView(decided.decision),
        unseen: decided.unseen.map(decisionView),
        repeated: decided.again,
      });
  }
}
