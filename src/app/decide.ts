import type { Client } from '@elastic/elasticsearch';
import { decisionDocument, decisionId } from '../decision/document.js';
import type { DecisionRequest } from '../decision/request.js';
import { type DecisionProblem, decisionProblems } from '../decision/rules.js';
import { type Decision, unseenDecisions } from '../decision/standing.js';
import { readAlert } from '../elasticsearch/alertStore.js';
import { decisionsOn, earlierJustifications, writeDecision } from '../elasticsearch/decisionStore.js';
import { ElasticsearchError } from '../elasticsearch/errors.js';
import { draftsOn, opinionsOn } from '../elasticsearch/opinionStore.js';

export interface DecideOptions {
  /** holds the credential of the person who decides */
  readonly client: Client;
  readonly namespace: string;
  readonly by: string;
  readonly alertId: string;
  readonly request: DecisionRequest;
  /** of the form, or the idempotency key: sent twice it is one decision */
  readonly key: string;
  readonly ticketPattern: RegExp;
  readonly blind: boolean;
  readonly now: Date;
}

export type Decided =
  | { readonly kind: 'no_such_alert' }
  | { readonly kind: 'refused'; readonly problems: readonly DecisionProblem[] }
  /** the key was used for another decision before */
  | { readonly kind: 'key_used'; readonly decision: Decision }
  | {
      readonly kind: 'stored';
      readonly decision: Decision;
      readonly again: boolean;
      /** of others, made while this person was deciding */
      readonly unseen: readonly Decision[];
    };

/**
 * Writes a person's decision on an alert, if it holds to the rules. The decision is a document of its own: the alert,
 * the draft and what others decided stay as they are.
 *
 * @throws {ElasticsearchError} `forbidden` if the person may not decide
 */
export async function decide(options: DecideOptions): Promise<Decided> {
  const { client, namespace, alertId, request, by, ticketPattern, blind, now } = options;
  const alert = await readAlert(client, namespace, alertId);
  if (alert === undefined) return { kind: 'no_such_alert' };
  const id = decisionId(by, alertId, options.key);
  const before = (await decisionsOn(client, namespace, [alertId])).find((one) => one.id === id);
  if (before !== undefined) return sameAs(before, request);
  const [opinions, drafts, earlier] = await Promise.all([
    opinionsOn(client, namespace, [alertId]).then((all) => all.get(alertId) ?? []),
    draftsOn(client, namespace, alertId),
    earlierJustifications(client, namespace, by, alertId),
  ]);
  const problems = decisionProblems(request, { alert, opinions, drafts, earlier, ticketPattern, blind });
  if (problems.length > 0) return { kind: 'refused', problems };
  const opinion = opinions[0];
  await writeDecision(
    client,
    namespace,
    id,
    decisionDocument({ alert, namespace, request, opinion, drafts, blind, now }),
  );
  const all = await decisionsOn(client, namespace, [alertId]);
  const decision = all.find((one) => one.id === id);
  if (decision === undefined)
    throw new ElasticsearchError(
      'not_found',
      `the decision ${id} was written and can't be found`,
      'Open the alert again and see whether the decision stands there before deciding once more.',
    );
  // Another request under the same key may have been first.
  const found = sameAs(decision, request);
  if (found.kind !== 'stored') return found;
  return { kind: 'stored', decision, again: false, unseen: unseenDecisions(decision, all, request.seen) };
}

function sameAs(decision: Decision, request: DecisionRequest): Decided {
  const same =
    decision.action === request.action &&
    decision.justification === request.justification &&
    decision.ticket === request.ticket &&
    decision.recommendationId === request.recommendation_id;
  return same ? { kind: 'stored', decision, again: true, unseen: [] } : { kind: 'key_used', decision };
}
