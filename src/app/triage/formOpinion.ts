import type { LlmSettings } from '../../config/llm.js';
import type { LlmBreaker } from '../../llm/breaker.js';
import { costOf, type DailyCap } from '../../llm/dailyCap.js';
import type { AskLlm, LlmReply } from '../../llm/messagesApi.js';
import type { SystemPrompt } from '../../llm/systemPrompt.js';
import { canonicalBytes, sha256 } from '../../registry/digest.js';
import type { Outcome, Provenance } from '../../triage/annotation.js';
import { type Answer, parseAnswer } from '../../triage/answer.js';
import {
  type FallbackReason,
  fallbackAnswer,
  type SkipReason,
  skippedAnswer,
} from '../../triage/fallback.js';
import { guard, type Proposal } from '../../triage/guardrails.js';
import { namesToHide, type TriageContext, triageInput, userMessage } from '../../triage/input.js';
import { neverBenign } from '../../triage/neverBenign.js';
import { Pseudonyms } from '../../triage/pseudonyms.js';

/** What is to be written of an alert: an answer or what stands in its place, and drafts. */
export interface Opinion {
  readonly answer: Answer;
  readonly how: Outcome;
  readonly proposals: readonly Proposal[];
  readonly facts: Omit<Provenance, 'latencyMs'>;
}

export interface OpinionParts {
  readonly ask: AskLlm;
  readonly breaker: LlmBreaker;
  readonly cap: DailyCap;
  readonly prompt: SystemPrompt;
  readonly settings: LlmSettings;
  readonly pseudonymKey: string;
  readonly newNonce: () => string;
}

/** UTF-8 bytes a token, at least: an estimate on the safe side for English and JSON. */
const BYTES_A_TOKEN = 2;

/**
 * Asks the LLM about one alert and holds what it says to the rules.
 *
 * The order: names hidden, text fenced, cap and breaker asked, call made within the signal, answer parsed, names put
 * back, guardrails applied. Whatever fails becomes an opinion that says so.
 */
export async function formOpinion(
  context: TriageContext,
  parts: OpinionParts,
  signal: AbortSignal,
): Promise<Opinion> {
  const { prompt, settings, cap, breaker, ask } = parts;
  const pseudonyms = settings.pseudonyms
    ? new Pseudonyms(parts.pseudonymKey, namesToHide(context))
    : undefined;
  const plain = triageInput(context);
  const input = pseudonyms === undefined ? plain : pseudonyms.hide(plain);
  const inputSha256 = sha256(canonicalBytes(JSON.parse(JSON.stringify(input))));
  const question = { system: prompt.text, user: userMessage(input, parts.newNonce()) };
  const facts = { ...baseFacts(parts), inputSha256 };
  const bytes = Buffer.byteLength(question.system) + Buffer.byteLength(question.user);
  const most = { input: Math.ceil(bytes / BYTES_A_TOKEN), output: settings.maxOutputTokens };
  if (!cap.reserve(context.now, most)) return skipped('daily_cap', facts);
  let asked = false;
  const reply = await breaker.ask(() => {
    asked = true;
    return ask(question, signal);
  });
  if (reply === 'circuit_open' || !asked) {
    cap.settle(most, { input: 0, output: 0 });
    return skipped('circuit_open', facts);
  }
  cap.settle(most, reply.tokens);
  return fromReply(reply, context, pseudonyms, { ...facts, ...told(reply, settings) });
}

function fromReply(
  reply: LlmReply,
  context: TriageContext,
  pseudonyms: Pseudonyms | undefined,
  facts: Opinion['facts'],
): Opinion {
  const reveal = (text: string) => pseudonyms?.reveal(text) ?? text;
  if (reply.kind === 'failed') return failed(reply.reason, reveal(reply.raw), facts);
  const parsed = parseAnswer(reply.text);
  if (!parsed.ok) return failed(parsed.reason, reveal(reply.text), facts);
  const { answer } = parsed;
  const revealed: Answer = {
    ...answer,
    reasoning: reveal(answer.reasoning),
    recommended_analyst_actions: answer.recommended_analyst_actions.map(reveal),
    data_gaps: answer.data_gaps.map(reveal),
  };
  const never = neverBenign(context.alert, [context.sourceAsset, context.destinationAsset]);
  const guarded = guard(revealed, context.alert, never);
  return {
    answer: guarded.answer,
    proposals: guarded.proposals,
    how: {
      outcome: 'answered',
      guardrails: guarded.guardrails,
      techniques: guarded.techniques.map(({ id }) => id),
      modelClassification: guarded.modelClassification,
    },
    facts,
  };
}

export function baseFacts({ prompt, settings }: Pick<OpinionParts, 'prompt' | 'settings'>): Opinion['facts'] {
  return {
    promptVersion: prompt.version,
    promptSha256: prompt.sha256,
    modelRequested: settings.model,
    pseudonymised: settings.pseudonyms,
  };
}

function told(reply: LlmReply, settings: LlmSettings): Partial<Opinion['facts']> {
  const { model, requestId, stopReason, tokens } = reply;
  const cost =
    tokens === undefined || settings.price === undefined ? undefined : costOf(tokens, settings.price);
  return { modelAnswered: model, requestId, stopReason, tokens, cost };
}

export function failed(reason: FallbackReason, raw: string, facts: Opinion['facts']): Opinion {
  return { answer: fallbackAnswer(reason, raw), how: { outcome: 'fallback', reason }, proposals: [], facts };
}

export function skipped(reason: SkipReason, facts: Opinion['facts']): Opinion {
  return { answer: skippedAnswer(reason), how: { outcome: 'skipped', reason }, proposals: [], facts };
}
