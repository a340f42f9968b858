import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Opinion } from '../app/triage/formOpinion.js';

/** What a triage worker counts, for Prometheus. */
export interface TriageMetrics {
  readonly registry: Registry;
  written(opinion: Opinion, latencyMs: number): void;
}

export function triageMetrics(read: {
  readonly waiting: () => number;
  readonly breaker: () => 'closed' | 'open' | 'half_open';
  readonly tokens: () => number;
}): TriageMetrics {
  const registry = new Registry();
  const registers = [registry];
  const annotations = new Counter({
    name: 'ot_anomaly_triage_annotations_total',
    help: 'Annotations by outcome and reason',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  const guardrails = new Counter({
    name: 'ot_anomaly_triage_guardrails_total',
    help: 'Answers of the LLM that a guardrail changed',
    labelNames: ['guardrail'],
    registers,
  });
  const latency = new Histogram({
    name: 'ot_anomaly_triage_latency_seconds',
    help: 'From an alert’s being picked up to its annotation',
    buckets: [0.1, 0.5, 1, 2, 5, 10, 20, 30],
    registers,
  });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('ot_anomaly_triage_waiting', 'Alerts that wait for the LLM or are being asked about', read.waiting);
  gauge('ot_anomaly_triage_breaker_open', '1 while the LLM is not asked because it failed', () =>
    read.breaker() === 'open' ? 1 : 0,
  );
  gauge('ot_anomaly_triage_tokens_today', 'Tokens used and reserved this UTC day', read.tokens);
  return {
    registry,
    written({ how }, latencyMs) {
      annotations.inc({ outcome: how.outcome, reason: how.outcome === 'answered' ? '' : how.reason });
      latency.observe(latencyMs / 1000);
      if (how.outcome === 'answered') for (const guardrail of how.guardrails) guardrails.inc({ guardrail });
    },
  };
}
