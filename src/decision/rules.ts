import type { Alert } from '../triage/alert.js';
import { needsChangeTicket } from '../triage/proposal.js';
import { type JustificationFault, justificationFault } from './justification.js';
import type { StoredDraft, StoredOpinion } from './opinion.js';
import type { Action, DecisionRequest } from './request.js';
import { isVerdict } from './standing.js';

/** What is known when a person decides. */
export interface DecisionFacts {
  readonly alert: Alert;
  readonly opinions: readonly StoredOpinion[];
  readonly drafts: readonly StoredDraft[];
  /** this person's earlier justifications, of other alerts */
  readonly earlier: readonly string[];
  /** what a change ticket of the site looks like */
  readonly ticketPattern: RegExp;
  /** an exercise: it may change nothing */
  readonly blind: boolean;
}

/** Something a decision lacks: the field of the form, and what to do. */
export interface DecisionProblem {
  readonly field: 'action' | 'justification' | 'ticket' | 'recommendation_id';
  readonly code: string;
  readonly message: string;
}

const FAULT_TEXT: Readonly<Record<JustificationFault, string>> = {
  missing: 'A justification is needed: say in your own words what you saw and why this can be let go.',
  too_short: 'The justification is too short: say in a sentence what you checked.',
  words_of_the_ai: 'These are the AI’s words. Say in your own what you checked.',
  used_before: 'You gave this very text for another alert. Say what is so of this one.',
};

/** Whatever lets an alert go, or makes a detector forget, is reasoned. */
const REASONED: ReadonlySet<Action> = new Set(['dismiss', 'false_positive', 'reset_drift']);

/** @returns every reason why the decision can't be taken like this; none if it can */
export function decisionProblems(request: DecisionRequest, facts: DecisionFacts): readonly DecisionProblem[] {
  const draft = facts.drafts.find(({ id }) => id === request.recommendation_id);
  const problems: DecisionProblem[] = [];
  if (facts.blind && !isVerdict(request.action))
    problems.push({
      field: 'action',
      code: 'no_exercise',
      message: 'A blind check takes a verdict on the alert and nothing else.',
    });
  if (request.action === 'confirm' || request.action === 'reject') {
    if (draft === undefined)
      problems.push({
        field: 'recommendation_id',
        code: 'no_such_draft',
        message: 'Expected the id of a draft on this very alert; open the alert again and choose one.',
      });
  } else if (request.recommendation_id !== '')
    problems.push({
      field: 'recommendation_id',
      code: 'not_about_a_draft',
      message: 'Only confirm and reject answer a draft.',
    });
  if (REASONED.has(request.action) || (request.action === 'confirm' && draft?.target === 'alert')) {
    const ofTheAi = [
      ...facts.opinions.flatMap(({ reasoning, actions, dataGaps }) => [reasoning, ...actions, ...dataGaps]),
      ...facts.drafts.map(({ text }) => text),
    ];
    const fault = justificationFault(request.justification, ofTheAi, facts.earlier);
    if (fault !== undefined)
      problems.push({ field: 'justification', code: fault, message: FAULT_TEXT[fault] });
  }
  if (request.action === 'confirm' && draft !== undefined && touchesTheProcess(draft)) {
    if (!facts.ticketPattern.test(request.ticket))
      problems.push({
        field: 'ticket',
        code: request.ticket === '' ? 'missing' : 'not_a_ticket',
        message:
          'This draft touches the plant: give the number of the site’s change ticket. Nothing here carries it out.',
      });
  }
  if (request.action === 'reset_drift' && driftChart(facts.alert) === undefined)
    problems.push({
      field: 'action',
      code: 'no_drift',
      message: 'Only an alert of the drift detector has a sum that can be reset.',
    });
  return problems;
}

/** What a draft says of itself is not relied on where the text says more. */
export function touchesTheProcess({ needsChangeTicket: says, target, text }: StoredDraft): boolean {
  return says || needsChangeTicket(target, text);
}

/** The series whose drift an alert reports; undefined if it reports none. */
export function driftChart({ document: { ot_anomaly: ot } }: Alert): string | undefined {
  return ot.detector === 'drift' ? ot.chart : undefined;
}
