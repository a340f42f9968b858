import type { Answer } from './answer.js';
import { cleanText } from './untrusted.js';

/** The LLM was asked, and what came back is no answer. */
export const FALLBACK_REASONS = [
  'invalid_json',
  'invalid_answer',
  'refused',
  'truncated',
  'timeout',
  'rate_limited',
  'outage',
  'answer_too_large',
  'not_accepted',
  'no_key',
  'unreadable_alert',
] as const;
export type FallbackReason = (typeof FALLBACK_REASONS)[number];

/** The LLM was not asked, so that nothing waits for it. */
export const SKIP_REASONS = [
  'queue_full',
  'circuit_open',
  'daily_cap',
  'waited_too_long',
  'switched_off',
  'shutting_down',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

const FALLBACK_TEXT: Readonly<Record<FallbackReason, string>> = {
  invalid_json: 'The LLM answered with something that is not JSON.',
  invalid_answer:
    'The LLM answered with JSON that does not have exactly the five fields within their bounds.',
  refused: 'The LLM refused to answer.',
  truncated: 'The LLM’s answer was cut off at its length limit.',
  timeout: 'The LLM did not answer within the time limit.',
  rate_limited: 'The LLM refused for its rate limit.',
  outage: 'The LLM could not be reached or failed.',
  answer_too_large: 'The LLM’s answer was larger than an answer may be.',
  not_accepted: 'The LLM refused the request: check its key, model and address.',
  no_key: 'No key for an LLM is configured.',
  unreadable_alert: 'The alert lacks fields that triage needs.',
};

const SKIP_TEXT: Readonly<Record<SkipReason, string>> = {
  queue_full: 'more alerts were waiting than the queue holds',
  circuit_open: 'the LLM had failed repeatedly, and its circuit breaker was open',
  daily_cap: 'the day’s limit of tokens or cost was reached',
  waited_too_long: 'the alert had waited as long as an answer may take',
  switched_off: 'LLM triage is switched off',
  shutting_down: 'the triage worker was stopping',
};

/** The first characters of what the LLM said that are kept. */
export const RAW_KEPT_CHARACTERS = 500;

/** What stands in an annotation in an answer's place: a person has to look, and why. */
export function fallbackAnswer(reason: FallbackReason, raw: string): Answer {
  const kept = cleanText(raw, RAW_KEPT_CHARACTERS);
  return {
    classification: 'requires_investigation',
    confidence: 0,
    reasoning: `${FALLBACK_TEXT[reason]} Route to a human analyst immediately.`,
    recommended_analyst_actions: ['Review the raw alert manually.'],
    data_gaps: [kept === '' ? 'LLM triage failed.' : `LLM triage failed; it had said: ${kept}`],
  };
}

export function skippedAnswer(reason: SkipReason): Answer {
  return {
    classification: 'requires_investigation',
    confidence: 0,
    reasoning: `LLM triage skipped: ${SKIP_TEXT[reason]}.`,
    recommended_analyst_actions: ['Review the raw alert manually.'],
    data_gaps: ['There is no opinion of an LLM on this alert.'],
  };
}
