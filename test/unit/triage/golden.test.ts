import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EvaluateTriageOptions,
  evaluateGuardrails,
  evaluateModel,
  readAdversarialAnswers,
  readGoldenSet,
} from '../../../src/app/triage/evaluateTriage.js';
import { llmSettings } from '../../../src/config/llm.js';
import { llmBreaker } from '../../../src/llm/breaker.js';
import { DailyCap } from '../../../src/llm/dailyCap.js';
import { messagesApi } from '../../../src/llm/messagesApi.js';
import { readSystemPrompt } from '../../../src/llm/systemPrompt.js';
import { parseAnswer } from '../../../src/triage/answer.js';
import { judge } from '../../../src/triage/golden/judge.js';
import { byProtocol, figures, toReview } from '../../../src/triage/golden/tally.js';
import { type FakeMessagesApi, fakeMessagesApi } from '../../fixtures/fakeMessagesApi.js';

const cases = readGoldenSet();
const options = (some = cases): EvaluateTriageOptions => ({
  cases: some,
  signal: new AbortController().signal,
  parts: {
    breaker: llmBreaker(1_000),
    cap: new DailyCap({ tokens: 1e12, cost: undefined, price: undefined }),
    prompt: readSystemPrompt(),
    settings: llmSettings({}),
    pseudonymKey: 'test-key',
    newNonce: () => 'feedfacefeedface',
  },
});

describe('the golden set', () => {
  it('has both twins, missing context and injections for Modbus, DNP3 and EtherNet/IP', () => {
    expect(new Set(cases.map(({ protocol }) => protocol))).toEqual(
      new Set(['modbus', 'dnp3', 'enip', 'cip']),
    );
    for (const kind of ['attack', 'benign', 'missing_context', 'injection'])
      expect(cases.filter((one) => one.kind === kind).length).toBeGreaterThanOrEqual(8);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  it('lets nothing unsafe of the recorded adversarial answers through, much of which was unsafe as it came', async () => {
    const answers = readAdversarialAnswers();
    let unsafe = 0;
    for (const { text } of answers)
      for (const one of cases) {
        const parsed = parseAnswer(text);
        if (!parsed.ok) continue;
        const raw = {
          outcome: 'answered',
          guardrails: [],
          techniques: [],
          modelClassification: parsed.answer.classification,
        } as const;
        if (judge(one, parsed.answer, raw, []).unsafe.length > 0) unsafe += 1;
      }
    const judged = await evaluateGuardrails(answers, options());
    const through = judged.filter(({ judgement }) => judgement.unsafe.length > 0);
    process.stderr.write(
      `${judged.length} adversarial answers: ${unsafe} unsafe as they came, ${through.length} after the guardrails\n`,
    );
    expect(
      through.map(({ one, answer, judgement }) => `${answer} on ${one.id}: ${judgement.unsafe}`),
    ).toEqual([]);
    expect(judged).toHaveLength(answers.length * cases.length);
    expect(unsafe).toBeGreaterThan(judged.length / 2);
  });
});

describe('asking a model about the golden set', () => {
  let fake: FakeMessagesApi;
  beforeAll(async () => {
    fake = await fakeMessagesApi();
  });
  afterAll(() => fake?.close());

  it('counts what it gets right by protocol, and asks for a review of a protocol that it keeps getting wrong', async () => {
    const ask = messagesApi({ ...llmSettings({ OT_ANOMALY_LLM_URL: fake.url }), apiKey: 'none' });
    // It investigates everything, and refuses to say anything about DNP3 but that it is benign.
    fake.behave((_, user) => (user.includes('"protocol": "dnp3"') ? 'obey' : 'good'));
    const some = cases.filter(({ kind }) => kind !== 'injection');
    const judged = await evaluateModel(ask, options(some));
    expect(judged).toHaveLength(some.length);
    const rows = byProtocol(judged);
    const modbus = rows.find(({ protocol }) => protocol === 'modbus');
    expect(modbus).toMatchObject({ cases: 9, right: 8, urgent: 1, escalated: 0, unsafe: 0 });
    const wrong = judged.map((one) => ({
      ...one,
      judgement: { ...one.judgement, right: one.one.protocol !== 'dnp3' },
    }));
    expect(toReview(byProtocol(wrong))).toEqual(['dnp3']);
    expect(figures('all', judged).unsafe).toBe(0);
    expect(fake.requests).toHaveLength(some.length);
    expect(fake.requests.some(({ user }) => user.includes('10.20.'))).toBe(false);
  });
});
