import type { Client } from '@elastic/elasticsearch';
import { pino } from 'pino';
import { type TriageOptions, triageAlerts } from '../../src/app/triage/triageAlerts.js';
import type { Keys } from '../../src/config/keys.js';
import { llmSettings } from '../../src/config/llm.js';
import { llmBreaker } from '../../src/llm/breaker.js';
import { DailyCap } from '../../src/llm/dailyCap.js';
import { messagesApi } from '../../src/llm/messagesApi.js';
import { readSystemPrompt } from '../../src/llm/systemPrompt.js';
import { alertDocument } from '../fixtures/alerts.js';
import { clientOf } from './parts.js';

export interface Stored {
  readonly _id: string;
  readonly _source: {
    readonly message: string;
    readonly event: { readonly kind: string; readonly severity?: number; readonly action?: string };
    readonly user?: { readonly name: string };
    readonly ot_anomaly: {
      readonly alert: { readonly id: string; readonly index: string };
      readonly triage: Readonly<Record<string, unknown>> & {
        readonly classification: string;
        readonly confidence: number;
        readonly outcome: string;
        readonly reason?: string;
        readonly reasoning: string;
        readonly guardrails?: readonly string[];
        readonly recommended_analyst_actions: readonly string[];
      };
      readonly recommendation: { readonly status: string; readonly target: string; readonly text: string };
    };
  };
}

/** Writes alerts as the scorer does, with its key. */
export async function writeAlerts(
  scorer: Client,
  namespace: string,
  documents: readonly { readonly id: string; readonly document?: Record<string, unknown> }[],
): Promise<void> {
  await scorer.bulk({
    index: `logs-ot_anomaly.anomaly-${namespace}`,
    refresh: true,
    operations: documents.flatMap(({ id, document }) => [
      { create: { _id: id } },
      document ?? alertDocument({}, { '@timestamp': new Date().toISOString() }),
    ]),
  });
}

/** Starts a triage worker with the triage key; `stop` ends it in order. */
export function startTriage(
  keys: Keys,
  namespace: string,
  env: Readonly<Record<string, string>>,
  options: Partial<TriageOptions> = {},
) {
  const settings = llmSettings(env);
  const stop = new AbortController();
  const { apiKey } = settings;
  let becomeReady = () => {};
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });
  const client = clientOf(keys, 'triage');
  const running = triageAlerts({
    client,
    namespace,
    ask: apiKey === undefined ? undefined : messagesApi({ ...settings, apiKey }),
    breaker: llmBreaker(1_000),
    cap: new DailyCap({
      tokens: settings.tokensPerDay,
      cost: settings.costPerDay,
      price: settings.price,
    }),
    prompt: readSystemPrompt(),
    settings,
    pseudonymKey: 'test-key',
    newNonce: () => 'feedfacefeedface',
    pollMs: 100,
    windowHours: 1,
    now: () => new Date(),
    log: pino({ level: 'silent' }),
    signal: stop.signal,
    onReady: becomeReady,
    ...options,
  });
  const worker = {
    ready: Promise.race([ready, running]),
    stop: async () => {
      started.delete(worker);
      stop.abort();
      await running;
      await client.close();
    },
  };
  started.add(worker);
  return worker;
}

const started = new Set<{ stop(): Promise<void> }>();

/** For `afterEach`: a test that failed must leave no worker to the next one. */
export async function stopTriage(): Promise<void> {
  for (const worker of started) await worker.stop();
}

/** All documents of one of the sidecar's streams. */
export async function allOf(admin: Client, dataset: string, namespace: string): Promise<readonly Stored[]> {
  const index = `logs-ot_anomaly.${dataset}-${namespace}`;
  await admin.indices.refresh({ index });
  const { hits } = await admin.search({ index, size: 10_000, sort: ['event.ingested'] });
  return hits.hits as unknown as readonly Stored[];
}

export async function until<T>(what: string, get: () => Promise<T | undefined>, seconds = 30): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await get();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((later) => setTimeout(later, 100));
  }
}
