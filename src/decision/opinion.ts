import type { Classification } from '../triage/answer.js';
import type { Target } from '../triage/proposal.js';
import type { Action } from './request.js';

/** An AI's annotation of an alert, as it is stored: advice. */
export interface StoredOpinion {
  readonly id: string;
  readonly at: string;
  readonly by: string;
  readonly outcome: string;
  readonly reason: string;
  readonly classification: Classification;
  readonly confidence: number;
  readonly reasoning: string;
  readonly actions: readonly string[];
  readonly dataGaps: readonly string[];
  readonly guardrails: readonly string[];
  readonly model: string;
  readonly promptVersion: string;
}

/** A draft of an AI, as it is stored. */
export interface StoredDraft {
  readonly id: string;
  readonly at: string;
  readonly by: string;
  readonly proposedBy: string;
  readonly alertId: string;
  readonly target: Target;
  readonly text: string;
  readonly needsChangeTicket: boolean;
}

/** Whether an AI spoke for letting the alert go: it called it benign, or proposed to change the alert itself. */
export function recommendedDismissal(
  opinion: Pick<StoredOpinion, 'classification'> | undefined,
  drafts: readonly Pick<StoredDraft, 'target'>[],
): boolean {
  return opinion?.classification === 'likely_benign' || drafts.some(({ target }) => target === 'alert');
}

/**
 * Whether a verdict goes the way the AI's opinion did; undefined where one of both takes no side
 * (`requires_investigation` takes none).
 */
export function agreesWithAi(
  action: Action,
  opinion: Pick<StoredOpinion, 'classification' | 'outcome'> | undefined,
): boolean | undefined {
  if (opinion === undefined || opinion.outcome !== 'answered') return undefined;
  if (opinion.classification === 'requires_investigation') return undefined;
  const benign = opinion.classification === 'likely_benign';
  if (action === 'dismiss' || action === 'false_positive') return benign;
  if (action === 'true_positive' || action === 'escalate') return !benign;
  return undefined;
}
