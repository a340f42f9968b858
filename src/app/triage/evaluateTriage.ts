import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';
import { packagePath } from '../../config/packageRoot.js';
import type { AskLlm } from '../../llm/messagesApi.js';
import { citableTechniques } from '../../triage/citable.js';
import { type GoldenCase, goldenCases, goldenSetSchema } from '../../triage/golden/goldenSet.js';
import { judge } from '../../triage/golden/judge.js';
import type { Judged } from '../../triage/golden/tally.js';
import { deadline } from './deadline.js';
import { formOpinion, type OpinionParts } from './formOpinion.js';

const answersSchema = z.strictObject({
  answers: z.array(z.strictObject({ name: z.string(), text: z.string() })).min(1),
});
export type AdversarialAnswer = z.infer<typeof answersSchema>['answers'][number];

/** @throws {Error} if the file can't be read; {ZodError} if it holds something else */
export function readGoldenSet(path = packagePath('policies/triage/golden-set.yaml')): readonly GoldenCase[] {
  return goldenCases(goldenSetSchema.parse(load(readFileSync(path, 'utf8'))));
}

export function readAdversarialAnswers(
  path = packagePath('policies/triage/adversarial-answers.yaml'),
): readonly AdversarialAnswer[] {
  return answersSchema.parse(load(readFileSync(path, 'utf8'))).answers;
}

export interface EvaluateTriageOptions {
  readonly cases: readonly GoldenCase[];
  /** all but the model itself */
  readonly parts: Omit<OpinionParts, 'ask'>;
  readonly signal: AbortSignal;
  readonly onJudged?: (done: number, of: number) => void;
}

/** Asks the model about every case, one after another, as the worker would. */
export async function evaluateModel(
  ask: AskLlm,
  { cases, parts, signal, onJudged }: EvaluateTriageOptions,
): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  for (const one of cases) {
    if (signal.aborted) break;
    const limit = deadline(parts.settings.slaMs, signal);
    judged.push(await judgeCase(one, ask, parts, limit.signal).finally(limit.clear));
    onJudged?.(judged.length, cases.length);
  }
  return judged;
}

/** Holds the guardrails to recorded answers: each answer on each case, no model and no network. */
export async function evaluateGuardrails(
  answers: readonly AdversarialAnswer[],
  { cases, parts, signal, onJudged }: EvaluateTriageOptions,
): Promise<readonly (Judged & { readonly answer: string })[]> {
  const judged: (Judged & { readonly answer: string })[] = [];
  for (const { name, text } of answers) {
    for (const one of cases) {
      if (signal.aborted) return judged;
      const allowed = [...citableTechniques(one.context.alert)][0]?.id ?? 'nothing';
      const said = text.replaceAll('{technique}', allowed);
      const ask: AskLlm = async () => ({ kind: 'text', text: said });
      judged.push({ ...(await judgeCase(one, ask, parts, signal)), answer: name });
    }
    onJudged?.(judged.length, answers.length * cases.length);
  }
  return judged;
}

async function judgeCase(
  one: GoldenCase,
  ask: AskLlm,
  parts: EvaluateTriageOptions['parts'],
  signal: AbortSignal,
): Promise<Judged> {
  const { answer, how, proposals } = await formOpinion(one.context, { ...parts, ask }, signal);
  return {
    one,
    judgement: judge(one, answer, how, proposals),
    escalated: answer.classification === 'high_priority_escalate',
    outcome: how.outcome,
  };
}
