import type { Action } from './request.js';

/** A decision as it is stored, by whom Elasticsearch says wrote it. */
export interface Decision {
  readonly id: string;
  readonly alertId: string;
  readonly action: Action;
  readonly by: string;
  /** when Elasticsearch took it in, ISO 8601 */
  readonly at: string;
  readonly justification: string;
  readonly ticket: string;
  readonly recommendationId: string;
  readonly chart: string;
  readonly agreesWithAi: boolean | undefined;
  readonly blind: boolean;
}

/** Verdicts that say the same of an alert, whatever their names. */
const SIDE = {
  true_positive: 'real',
  escalate: 'real',
  false_positive: 'harmless',
  dismiss: 'harmless',
} as const;
export type Verdict = keyof typeof SIDE;
export const VERDICTS = Object.keys(SIDE) as readonly Verdict[];

export type Standing = 'undecided' | 'decided' | 'escalated' | 'conflict';

export function isVerdict(action: Action): action is Verdict {
  return action in SIDE;
}

/**
 * Where an alert stands: each person's newest verdict counts, and two that contradict each other are a conflict
 * until one of the two people decides again. Blind checks are exercises and change nothing.
 *
 * @param decisions on one alert, in any order
 */
export function standingOf(decisions: readonly Decision[]): Standing {
  const verdicts = newestOfEach(decisions.filter(({ action, blind }) => isVerdict(action) && !blind));
  if (verdicts.length === 0) return 'undecided';
  const sides = new Set(verdicts.map(({ action }) => SIDE[action as Verdict]));
  if (sides.size > 1) return 'conflict';
  return verdicts.some(({ action }) => action === 'escalate') ? 'escalated' : 'decided';
}

export type DraftStanding = 'pending_human_approval' | 'confirmed' | 'rejected' | 'conflict';

/** Where a draft stands; what it says of itself doesn't count. */
export function draftStanding(recommendationId: string, decisions: readonly Decision[]): DraftStanding {
  const answers = newestOfEach(
    decisions.filter((one) => one.recommendationId === recommendationId && isAnswer(one.action)),
  );
  const actions = new Set(answers.map(({ action }) => action));
  if (actions.size > 1) return 'conflict';
  if (actions.has('confirm')) return 'confirmed';
  return actions.has('reject') ? 'rejected' : 'pending_human_approval';
}

export function isAnswer(action: Action): boolean {
  return action === 'confirm' || action === 'reject';
}

function newestOfEach(decisions: readonly Decision[]): readonly Decision[] {
  const newest = new Map<string, Decision>();
  for (const one of [...decisions].sort((a, b) => (a.at < b.at ? -1 : 1))) newest.set(one.by, one);
  return [...newest.values()];
}

/** Decisions of others on the same alert that the author of this one had not been shown. */
export function unseenDecisions(
  mine: Pick<Decision, 'id' | 'by'>,
  all: readonly Decision[],
  seen: readonly string[],
): readonly Decision[] {
  return all.filter(({ id, by }) => id !== mine.id && by !== mine.by && !seen.includes(id));
}
