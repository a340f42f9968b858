import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llmSettings } from '../../../src/config/llm.js';
import { boundedFetch } from '../../../src/llm/boundedFetch.js';
import { llmBreaker } from '../../../src/llm/breaker.js';
import { DailyCap } from '../../../src/llm/dailyCap.js';
import { type AskLlm, messagesApi } from '../../../src/llm/messagesApi.js';
import { readSystemPrompt } from '../../../src/llm/systemPrompt.js';
import { parseAnswer } from '../../../src/triage/answer.js';
import { type FakeMessagesApi, fakeMessagesApi, type Mischief } from '../../fixtures/fakeMessagesApi.js';

let fake: FakeMessagesApi;
let ask: AskLlm;
const prompt = { system: 'be careful', user: 'an alert' };
beforeAll(async () => {
  fake = await fakeMessagesApi();
  ask = messagesApi({
    apiKey: 'test-key',
    baseUrl: fake.url,
    model: 'm',
    maxOutputTokens: 512,
    structured: true,
  });
});
afterAll(() => fake.close());

describe('a call of the Messages API over HTTP', () => {
  it('carries model, prompts and the schema of the five fields, and brings text, tokens and ids back', async () => {
    fake.behave(() => 'good');
    const reply = await ask(prompt, AbortSignal.timeout(5_000));
    expect(reply).toMatchObject({
      kind: 'text',
      model: 'fake-model-1',
      requestId: 'req_fake',
      stopReason: 'end_turn',
      tokens: { input: 900, output: 120 },
    });
    const sent = JSON.parse(fake.requests.at(-1)?.body ?? '') as {
      output_config: { format: { schema: { required: string[]; additionalProperties: boolean } } };
    };
    expect(sent).toMatchObject({ model: 'm', max_tokens: 512, system: 'be careful' });
    expect(sent.output_config.format.schema.additionalProperties).toBe(false);
    expect([...sent.output_config.format.schema.required].sort()).toEqual([
      'classification',
      'confidence',
      'data_gaps',
      'reasoning',
      'recommended_analyst_actions',
    ]);
  });

  it.each<readonly [Mischief, string]>([
    ['truncate', 'truncated'],
    ['refuse', 'refused'],
    ['rate_limit', 'rate_limited'],
    ['overload', 'outage'],
    ['error', 'outage'],
    ['cut', 'outage'],
    ['unauthorized', 'not_accepted'],
    ['flood', 'answer_too_large'],
    ['html', 'invalid_json'],
  ])('that meets %s is a reply with the reason %s', async (mischief, reason) => {
    fake.behave(() => mischief);
    const began = performance.now();
    expect(await ask(prompt, AbortSignal.timeout(5_000))).toMatchObject({ kind: 'failed', reason });
    expect(performance.now() - began).toBeLessThan(4_500);
  });

  it('that stalls ends at its signal', async () => {
    fake.behave(() => 'stall');
    const began = performance.now();
    expect(await ask(prompt, AbortSignal.timeout(300))).toMatchObject({ kind: 'failed', reason: 'timeout' });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('is an outage where nothing listens', async () => {
    const nowhere = messagesApi({
      apiKey: 'k',
      baseUrl: 'http://127.0.0.1:9',
      model: 'm',
      maxOutputTokens: 256,
      structured: false,
    });
    expect(await nowhere(prompt, AbortSignal.timeout(5_000))).toMatchObject({ reason: 'outage' });
  });

  it('counts no nonsense that a server claims to have used', async () => {
    fake.behave(() => 'nonsense_usage');
    expect(await ask(prompt, AbortSignal.timeout(5_000))).toMatchObject({
      tokens: { input: 0, output: 10_000_000 },
    });
  });

  it.each<readonly [Mischief, string]>([
    ['prose', 'invalid_json'],
    ['extra_field', 'invalid_answer'],
  ])('that brings %s is no answer: %s', async (mischief, reason) => {
    fake.behave(() => mischief);
    const reply = await ask(prompt, AbortSignal.timeout(5_000));
    expect(parseAnswer(reply.kind === 'text' ? reply.text : '')).toEqual({ ok: false, reason });
  });
});

describe('an answer', () => {
  it('may stand in a fence of Markdown, and takes no longer the more white space it is made of', () => {
    const json = JSON.stringify({
      classification: 'likely_benign',
      confidence: 0.5,
      reasoning: 'A known poll.',
      recommended_analyst_actions: ['Compare it with the baseline.'],
      data_gaps: [],
    });
    for (const fenced of [`\`\`\`json\n${json}\n\`\`\``, `\`\`\`\n${json}\n\`\`\`\n`, `\n ${json} `])
      expect(parseAnswer(fenced)).toMatchObject({ ok: true });
    for (const other of [`\`\`\`sh\n${json}\n\`\`\``, '```json', '```', '```\n```'])
      expect(parseAnswer(other)).toEqual({ ok: false, reason: 'invalid_json' });
    // A quarter of a million of them took an expression with three gaps longer than anybody waited; the test's own time limit tells.
    expect(parseAnswer(`\`\`\`json${'\n'.repeat(250_000)}x`)).toEqual({
      ok: false,
      reason: 'invalid_json',
    });
  });
});

describe('the way to the LLM', () => {
  it('ends where it was told: a redirect takes the question nowhere', async () => {
    let asked = 0;
    const elsewhere = createServer((_request, response) => {
      asked += 1;
      response.end('{}');
    });
    const gateway = createServer((_request, response) => {
      const { port } = elsewhere.address() as AddressInfo;
      response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end();
    });
    for (const server of [elsewhere, gateway]) await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = gateway.address() as AddressInfo;
      const question = { method: 'POST', body: 'question' };
      await expect(boundedFetch(`http://127.0.0.1:${port}/`, question)).rejects.toThrow();
      expect(asked).toBe(0);
    } finally {
      for (const server of [elsewhere, gateway]) server.close();
    }
  });
});

describe('the circuit breaker', () => {
  it('stops asking after failures in a row, tries once after the pause, and goes on when that succeeds', async () => {
    const breaker = llmBreaker(3, 200);
    let calls = 0;
    const call = (reason?: 'outage' | 'refused') => () => {
      calls += 1;
      return Promise.resolve(
        reason === undefined
          ? ({ kind: 'text', text: '{}' } as const)
          : ({ kind: 'failed', reason, raw: '' } as const),
      );
    };
    for (let i = 0; i < 5; i++) await breaker.ask(call('refused'));
    expect(breaker.state()).toBe('closed'); // a refusal says nothing of the server
    for (let i = 0; i < 3; i++) await breaker.ask(call('outage'));
    expect(breaker.state()).toBe('open');
    const before = calls;
    expect(await breaker.ask(call())).toBe('circuit_open');
    expect(calls).toBe(before);
    await new Promise((later) => setTimeout(later, 250));
    expect(await breaker.ask(call())).toMatchObject({ kind: 'text' });
    expect(breaker.state()).toBe('closed');
  });
});

describe('the daily cap', () => {
  const noon = new Date('2026-02-01T12:00:00Z');
  const most = { input: 900, output: 100 };

  it('reserves a call at its most, replaces that by what it took, and starts anew at midnight UTC', () => {
    const cap = new DailyCap({ tokens: 2_000, cost: undefined, price: undefined });
    expect([cap.reserve(noon, most), cap.reserve(noon, most), cap.reserve(noon, most)]).toEqual([
      true,
      true,
      false,
    ]);
    cap.settle(most, { input: 100, output: 10 });
    expect(cap.used.tokens).toBe(1_110);
    cap.settle(most, undefined); // no word of it: the reservation stands
    expect(cap.reserve(noon, most)).toBe(false);
    expect(cap.reserve(new Date('2026-02-02T00:00:00Z'), most)).toBe(true);
  });

  it('holds cost by the prices of a million tokens, and what the day had used before a restart', () => {
    const cap = new DailyCap({ tokens: 1e9, cost: 0.01, price: { input: 5, output: 25 } });
    expect(cap.reserve(noon, most)).toBe(true); // 0.007
    expect(cap.reserve(noon, most)).toBe(false);
    const restarted = new DailyCap({ tokens: 1_500, cost: undefined, price: undefined });
    restarted.restore(noon, { input: 800, output: 100 });
    expect(restarted.reserve(noon, most)).toBe(false);
  });
});

describe('the settings', () => {
  it('have a default for everything but the key, and none of them goes beyond 30 s', () => {
    expect(llmSettings({})).toMatchObject({
      enabled: true,
      apiKey: undefined,
      slaMs: 30_000,
      pseudonyms: true,
    });
    expect(() => llmSettings({ OT_ANOMALY_LLM_SLA_SECONDS: '31' })).toThrow(/OT_ANOMALY_LLM_SLA_SECONDS/);
  });

  it('name every problem at once, and no value', () => {
    const bad = {
      OT_ANOMALY_LLM: 'maybe',
      OT_ANOMALY_LLM_URL: 'http://llm.example?key=s3cret',
      OT_ANOMALY_LLM_MODLE: 'x',
      OT_ANOMALY_LLM_COST_PER_DAY: '-1',
    };
    expect(() => llmSettings(bad)).toThrow(
      /^(?=[\s\S]*OT_ANOMALY_LLM:)(?=[\s\S]*LLM_URL)(?=[\s\S]*LLM_MODLE)(?=[\s\S]*COST_PER_DAY)(?![\s\S]*s3cret)/,
    );
    expect(() => llmSettings({ OT_ANOMALY_LLM_COST_PER_DAY: '5' })).toThrow(/prices/);
  });
});

describe('the system prompt', () => {
  it('has a version and a digest, and shows Modbus, DNP3 and EtherNet/IP, attack and maintenance', () => {
    const { version, sha256, text } = readSystemPrompt();
    expect(version).toMatch(/^\d+\.\d+$/);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    for (const part of ['Modbus', 'DNP3', 'EtherNet/IP', 'maintenance', 'advisory only', 'ATT&CK for ICS'])
      expect(text).toContain(part);
  });

  it('has examples that are answers themselves', () => {
    const examples = readSystemPrompt()
      .text.split('\n')
      .filter((line) => line.startsWith('{"classification"'));
    expect(examples.length).toBeGreaterThanOrEqual(6);
    for (const example of examples) expect(parseAnswer(example)).toMatchObject({ ok: true });
  });
});
