import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { z } from 'zod';
import type { LlmSettings } from '../config/llm.js';
import { answerSchema } from '../triage/answer.js';
import type { FallbackReason } from '../triage/fallback.js';
import { boundedFetch, isTooLarge } from './boundedFetch.js';

/** What is told of a call, as far as the server said it. */
export interface CallFacts {
  readonly model?: string | undefined;
  readonly requestId?: string | undefined;
  readonly stopReason?: string | undefined;
  readonly tokens?: { readonly input: number; readonly output: number } | undefined;
}

export type LlmReply = CallFacts &
  (
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'failed'; readonly reason: FallbackReason; readonly raw: string }
  );

export type AskLlm = (
  prompt: { readonly system: string; readonly user: string },
  signal: AbortSignal,
) => Promise<LlmReply>;

/** What an answer of the Messages API must have; a server may send more. */
const messageSchema = z.object({
  model: z.string().max(200).optional(),
  stop_reason: z.string().max(64).nullable().optional(),
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }).optional().catch(undefined),
});

/**
 * Asks through the Messages API. Never throws for what the server does: a stall, a cut, a lie, a refusal and a
 * flood are replies, each with its reason. One attempt: the breaker and the next alert are the retry.
 *
 * @param signal bounds the whole call; the SDK's own timeout is per attempt
 */
export function messagesApi(
  settings: Pick<LlmSettings, 'baseUrl' | 'model' | 'maxOutputTokens' | 'structured'> & {
    readonly apiKey: string;
  },
): AskLlm {
  const client = new Anthropic({
    apiKey: settings.apiKey,
    authToken: null,
    ...(settings.baseUrl === undefined ? {} : { baseURL: settings.baseUrl }),
    maxRetries: 0,
    fetch: boundedFetch,
    logLevel: 'off',
  });
  return async ({ system, user }, signal) => {
    try {
      const response: unknown = await client.messages.create(
        {
          model: settings.model,
          max_tokens: settings.maxOutputTokens,
          system,
          messages: [{ role: 'user', content: user }],
          ...(settings.structured ? { output_config: { format: zodOutputFormat(answerSchema) } } : {}),
        },
        { signal },
      );
      return toReply(response);
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error), raw: '' };
    }
  };
}

function toReply(response: unknown): LlmReply {
  const parsed = messageSchema.safeParse(response);
  if (!parsed.success) {
    const raw = typeof response === 'string' ? response : (JSON.stringify(response) ?? '');
    return { kind: 'failed', reason: 'invalid_json', raw };
  }
  const { model, stop_reason, content, usage } = parsed.data;
  const facts: CallFacts = {
    model,
    requestId: requestIdOf(response),
    stopReason: stop_reason ?? undefined,
    ...(usage === undefined
      ? {}
      : { tokens: { input: count(usage.input_tokens), output: count(usage.output_tokens) } }),
  };
  const text = content.map((block) => (block.type === 'text' ? (block.text ?? '') : '')).join('');
  if (stop_reason === 'refusal') return { ...facts, kind: 'failed', reason: 'refused', raw: text };
  if (stop_reason === 'max_tokens' || stop_reason === 'model_context_window_exceeded')
    return { ...facts, kind: 'failed', reason: 'truncated', raw: text };
  return { ...facts, kind: 'text', text };
}

/** A server that claims nonsense must not break the sums of the daily cap. */
function count(tokens: number): number {
  return Number.isFinite(tokens) ? Math.min(10_000_000, Math.max(0, Math.round(tokens))) : 0;
}

function requestIdOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('_request_id' in response)) return undefined;
  return typeof response._request_id === 'string' ? response._request_id.slice(0, 128) : undefined;
}

function reasonOf(error: unknown): FallbackReason {
  if (isTooLarge(error)) return 'answer_too_large';
  if (error instanceof Anthropic.APIUserAbortError || isAbort(error)) return 'timeout';
  if (error instanceof Anthropic.APIConnectionTimeoutError) return 'timeout';
  if (error instanceof Anthropic.RateLimitError) return 'rate_limited';
  if (error instanceof SyntaxError) return 'invalid_json';
  if (error instanceof Anthropic.APIError && error.status !== undefined && error.status < 500)
    return error.status === 408 ? 'timeout' : 'not_accepted';
  return 'outage';
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
