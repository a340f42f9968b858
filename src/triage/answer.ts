import { z } from 'zod';

/** Changes whenever the fields of an answer or their meaning do. */
export const ANSWER_SCHEMA_VERSION = '1';

export const CLASSIFICATIONS = ['likely_benign', 'requires_investigation', 'high_priority_escalate'] as const;
export type Classification = (typeof CLASSIFICATIONS)[number];

const TEXT_MAX_CHARACTERS = 4_000;
const ITEM_MAX_CHARACTERS = 500;
const GAPS_MAX = 10;

const text = (max: number) => z.string().trim().min(1).max(max);

/** Exactly the five fields that a model may answer with; anything else is refused. */
export const answerSchema = z.strictObject({
  classification: z.enum(CLASSIFICATIONS),
  /** 0 to 1 */
  confidence: z.number().min(0).max(1),
  reasoning: text(TEXT_MAX_CHARACTERS),
  recommended_analyst_actions: z.array(text(ITEM_MAX_CHARACTERS)).min(1).max(3),
  data_gaps: z.array(text(ITEM_MAX_CHARACTERS)).max(GAPS_MAX),
});
export type Answer = Readonly<z.infer<typeof answerSchema>>;

export type ParsedAnswer =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly reason: 'invalid_json' | 'invalid_answer' };

const FENCE = '```';

/** By hand: a regular expression with three gaps around white space takes hours over an answer that is nothing else. */
function withoutFence(text: string): string {
  const begin = text.indexOf('\n');
  if (begin < 0 || !text.startsWith(FENCE) || !text.endsWith(FENCE)) return text;
  const language = text.slice(FENCE.length, begin).trim();
  return language === '' || language === 'json' ? text.slice(begin, -FENCE.length) : text;
}

/** Reads a model's text as an answer. A fence of Markdown around the JSON is let pass, nothing else is. */
export function parseAnswer(raw: string): ParsedAnswer {
  let value: unknown;
  try {
    value = JSON.parse(withoutFence(raw.trim()));
  } catch {
    return { ok: false, reason: 'invalid_json' };
  }
  const parsed = answerSchema.safeParse(value);
  return parsed.success ? { ok: true, answer: parsed.data } : { ok: false, reason: 'invalid_answer' };
}
