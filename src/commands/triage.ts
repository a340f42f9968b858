import { randomBytes, randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { type BoundaryWatch, watchBoundary } from '../app/governance/watchBoundary.js';
import { type TriageOptions, triageAlerts } from '../app/triage/triageAlerts.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { llmSettings } from '../config/llm.js';
import { createClient } from '../elasticsearch/client.js';
import { llmBreaker } from '../llm/breaker.js';
import { DailyCap } from '../llm/dailyCap.js';
import { messagesApi } from '../llm/messagesApi.js';
import { readSystemPrompt } from '../llm/systemPrompt.js';
import { startStatusServer } from '../metrics/statusServer.js';
import { triageMetrics } from '../metrics/triageMetrics.js';
import { interruptSignal } from './interrupt.js';
import { createLog } from './log.js';
import { namespaceOption, parseInteger } from './options.js';
import { EXIT } from './program.js';

interface Options {
  readonly namespace: string;
  readonly pollMs: number;
  readonly window: number;
  readonly statusPort?: number;
}

export function registerTriage(program: Command): void {
  program
    .command('triage')
    .description('annotate new alerts with an LLM’s opinion: advice only, and nothing waits for it')
    .addOption(namespaceOption())
    .option('--poll-ms <n>', 'milliseconds from poll to poll', parseInteger(50, 60_000), 1_000)
    .option(
      '--window <hours>',
      'how far back unannotated alerts are looked for at a start',
      parseInteger(1, 168),
      24,
    )
    .option('--status-port <port>', 'health, readiness and metrics on 127.0.0.1', parseInteger(1, 65_535))
    .addHelpText(
      'after',
      `
Reads ANTHROPIC_API_KEY, or OT_ANOMALY_LLM_URL for a server of your own that speaks the Messages API; docs/sidecar.md
lists all settings. At its start and every hour it checks that its key can do what its role says and nothing else; on a
violation it stops with exit code 1. Without either, every alert gets an annotation that says so. OT_ANOMALY_LLM=off switches it off.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const settings = llmSettings(process.env);
  const client = createClient(connectionFor(process.env, 'triage', keyReader(process.env)));
  const log = createLog();
  const breaker = llmBreaker();
  const cap = new DailyCap({
    tokens: settings.tokensPerDay,
    cost: settings.costPerDay,
    price: settings.price,
  });
  const stop = new AbortController();
  const signal = AbortSignal.any([interruptSignal(), stop.signal]);
  let ready = false;
  let waiting = 0;
  const metrics = triageMetrics({
    waiting: () => waiting,
    breaker: () => breaker.state(),
    tokens: () => cap.used.tokens,
  });
  const { apiKey } = settings;
  const triage: TriageOptions = {
    client,
    namespace: options.namespace,
    ask: apiKey === undefined ? undefined : messagesApi({ ...settings, apiKey }),
    breaker,
    cap,
    prompt: readSystemPrompt(),
    settings,
    pseudonymKey: settings.pseudonymKey ?? randomBytes(32).toString('base64url'),
    newNonce: () => randomBytes(12).toString('hex'),
    pollMs: options.pollMs,
    windowHours: options.window,
    now: () => new Date(),
    log,
    signal,
    onReady: () => {
      ready = true;
    },
    onWritten: metrics.written,
    onWaiting: (count) => {
      waiting = count;
    },
  };
  const status =
    options.statusPort === undefined
      ? undefined
      : await startStatusServer(options.statusPort, metrics.registry, () => ready);
  const { namespace } = options;
  const own = { client, part: 'triage', namespace, newId: randomUUID, now: triage.now, log, signal };
  const watching = watchBoundary({ ...own, onChecked: stopsTheWorker(stop) });
  try {
    await triageAlerts(triage);
  } finally {
    stop.abort();
    await watching;
    await status?.close();
    await client.close();
  }
}

/** An AI worker whose credential may more than it should does nothing more with it. */
function stopsTheWorker(stop: AbortController): BoundaryWatch['onChecked'] {
  return async (violations) => {
    if (violations.length === 0) return;
    process.exitCode = EXIT.failed;
    stop.abort();
  };
}
