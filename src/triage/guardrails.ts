import type { Alert } from './alert.js';
import type { Answer, Classification } from './answer.js';
import { type Citable, citableTechniques, citedIds, KNOWN } from './citable.js';
import type { NeverBenign } from './neverBenign.js';
import { proposedTarget, type Target } from './proposal.js';
import { cleanText } from './untrusted.js';
import { isForbiddenWording, withoutForbidden } from './wording.js';

/** `likely_benign` takes at least this confidence; any classification but an investigation at least the lower one. */
export const BENIGN_CONFIDENCE = 0.85;
export const LEAST_CONFIDENCE = 0.6;

export type Guardrail =
  | 'benign_below_confidence'
  | `never_benign_${NeverBenign}`
  | 'confidence_too_low'
  | 'escalation_without_technique'
  | 'unknown_technique'
  | 'unsupported_technique'
  | 'forbidden_wording'
  | 'proposal_became_draft';

/** Something an answer proposed that goes beyond looking. */
export interface Proposal {
  readonly target: Target;
  readonly text: string;
}

export interface GuardedAnswer {
  readonly answer: Answer;
  /** what the model itself had said */
  readonly modelClassification: Classification;
  readonly guardrails: readonly Guardrail[];
  readonly techniques: readonly Citable[];
  readonly proposals: readonly Proposal[];
}

const REASONING_MAX_CHARACTERS = 4_000;
const NO_REASONING = 'The reasoning was left out: it went beyond advice.';
const LOOK_YOURSELF = 'Review the alert and the Zeek records behind it.';

/**
 * Holds a model's answer to what an adviser may say. It can make an answer more careful, never less: a
 * classification only moves to `requires_investigation`, and what would change anything becomes a draft.
 */
export function guard(answer: Answer, alert: Alert, never: readonly NeverBenign[]): GuardedAnswer {
  const fired = new Set<Guardrail>();
  const cited = citations(answer, alert, fired);
  const proposals: Proposal[] = [];
  const actions = answer.recommended_analyst_actions.flatMap((action) => {
    const text = cleanText(action);
    if (text === '') return [];
    const target = proposedTarget(text);
    if (target === undefined) return [cleanText(withoutIds(text, cited.refused))];
    fired.add(target === 'alert' ? 'forbidden_wording' : 'proposal_became_draft');
    proposals.push({ target, text });
    return [];
  });
  const reasoning = advice(answer.reasoning, REASONING_MAX_CHARACTERS, cited.refused, fired);
  const gaps = answer.data_gaps
    .map((gap) => advice(gap, 500, cited.refused, fired))
    .filter((gap) => gap !== '');
  const classification = classify(answer, never, cited.allowed, fired);
  return {
    answer: {
      classification,
      confidence: answer.confidence,
      reasoning: withCitation(reasoning === '' ? NO_REASONING : reasoning, classification, cited.allowed),
      recommended_analyst_actions: actions.length === 0 ? [LOOK_YOURSELF] : actions,
      data_gaps: gaps,
    },
    modelClassification: answer.classification,
    guardrails: [...fired],
    techniques: cited.allowed,
    proposals,
  };
}

/** An escalation says what it rests on even where the sentence that did was left out. */
function withCitation(
  reasoning: string,
  classification: Classification,
  techniques: readonly Citable[],
): string {
  const cited = techniques[0];
  if (classification !== 'high_priority_escalate' || cited === undefined) return reasoning;
  if (citedIds(reasoning).length > 0) return reasoning;
  const citation = ` Cited: ${cited.id} ${cited.name}.`;
  return `${cleanText(reasoning, REASONING_MAX_CHARACTERS - citation.length)}${citation}`;
}

function classify(
  { classification, confidence }: Answer,
  never: readonly NeverBenign[],
  allowed: readonly Citable[],
  fired: Set<Guardrail>,
): Classification {
  const before = fired.size;
  if (classification === 'likely_benign') {
    if (confidence < BENIGN_CONFIDENCE) fired.add('benign_below_confidence');
    for (const reason of never) fired.add(`never_benign_${reason}`);
    if (fired.has('forbidden_wording')) return 'requires_investigation';
  }
  if (classification === 'high_priority_escalate' && allowed.length === 0)
    fired.add('escalation_without_technique');
  if (classification !== 'requires_investigation' && confidence < LEAST_CONFIDENCE)
    fired.add('confidence_too_low');
  return fired.size > before ? 'requires_investigation' : classification;
}

/** Techniques cited anywhere in the answer: those the alert's evidence allows, and the ids of the others. */
function citations(
  answer: Answer,
  alert: Alert,
  fired: Set<Guardrail>,
): { readonly allowed: readonly Citable[]; readonly refused: readonly string[] } {
  const ids = citedIds(
    [answer.reasoning, ...answer.recommended_analyst_actions, ...answer.data_gaps]
      .join('\n')
      .normalize('NFKC'),
  );
  const compatible = citableTechniques(alert);
  const refused: string[] = [];
  const allowed = new Set<Citable>();
  for (const id of ids) {
    const known = KNOWN.filter((technique) => technique.id === id || technique.v18 === id);
    const fits = known.find((technique) => compatible.has(technique));
    if (fits !== undefined) allowed.add(fits);
    else {
      refused.push(id);
      fired.add(known.length === 0 ? 'unknown_technique' : 'unsupported_technique');
    }
  }
  return { allowed: [...allowed], refused };
}

function advice(text: string, max: number, refused: readonly string[], fired: Set<Guardrail>): string {
  const cleaned = cleanText(text, max);
  const { text: rest, removed } = withoutForbidden(cleaned);
  if (removed > 0) fired.add('forbidden_wording');
  const shown = cleanText(withoutIds(rest, refused), max);
  return isForbiddenWording(shown) ? '' : shown;
}

function withoutIds(text: string, refused: readonly string[]): string {
  return refused.reduce(
    (rest, id) =>
      rest.replace(
        new RegExp(`\\b${id.replace('.', '\\.')}\\b`, 'gi'),
        '[technique not supported by the evidence]',
      ),
    text,
  );
}
