import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packagePath } from '../../../src/config/packageRoot.js';
import { reviewMetrics } from '../../../src/metrics/reviewMetrics.js';
import { scorerMetrics } from '../../../src/metrics/scorerMetrics.js';
import { sidecarMetrics } from '../../../src/metrics/sidecarMetrics.js';
import { triageMetrics } from '../../../src/metrics/triageMetrics.js';

const { groups } = z
  .strictObject({
    groups: z.array(
      z.strictObject({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string().regex(/^OtAnomaly\w+$/),
            expr: z.string(),
            for: z
              .string()
              .regex(/^\d+[smh]$/)
              .optional(),
            labels: z.strictObject({ severity: z.enum(['info', 'warning', 'critical']) }),
            annotations: z.strictObject({ summary: z.string(), description: z.string().optional() }),
          }),
        ),
      }),
    ),
  })
  .parse(load(readFileSync(packagePath('deployment/prometheus/alerts.yaml'), 'utf8')));
const rules = groups.flatMap(({ rules: own }) => own);

describe('deployment/prometheus/alerts.yaml', () => {
  it('asks for metrics that a part serves, and gives each alert a name of its own', async () => {
    const served = await Promise.all(
      [
        scorerMetrics(),
        sidecarMetrics(() => 0),
        triageMetrics({ waiting: () => 0, breaker: () => 'closed', tokens: () => 0 }),
        reviewMetrics(),
      ].map(({ registry }) => registry.getMetricsAsJSON()),
    );
    const names = new Set(served.flat().map(({ name }) => name));
    for (const { expr } of rules)
      for (const [name] of expr.matchAll(/\bot_anomaly_\w+/g)) expect(names).toContain(name);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

describe('the metrics of a scorer', () => {
  it('add heartbeats up, and name one model at a time', async () => {
    const metrics = scorerMetrics();
    const counts = {
      ...{ read: 5, scored: 4, late: 1, unreadable: 0, found_late: 0, abstained: 0, alerts: 2 },
      ...{ already_written: 0, counted: 3, pending: 7, lag_ms: 1_500, sensor_conditions: 1 },
      ...{ faults: 9, waited_ms: 100 },
    };
    metrics.beat({ name: 's', model_sha256: 'a', ...counts }, new Date(10_000));
    metrics.beat({ name: 's', model_sha256: 'b', ...counts }, new Date(20_000));
    metrics.polled(new Date(21_000));
    metrics.fault();
    const text = await metrics.registry.metrics();
    for (const line of [
      'ot_anomaly_scorer_read_total 10',
      'ot_anomaly_scorer_alerts_total 4',
      'ot_anomaly_scorer_faults_total 1',
      'ot_anomaly_scorer_lag_seconds 1.5',
      'ot_anomaly_scorer_pending 7',
      'ot_anomaly_scorer_poll_timestamp_seconds 21',
      'ot_anomaly_scorer_heartbeat_timestamp_seconds 20',
      'ot_anomaly_scorer_model_info{scorer="s",sha256="b"} 1',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).not.toContain('sha256="a"');
    expect(text).toMatch(/^ot_anomaly_scorer_resident_memory_bytes [1-9]\d{6,}$/m);
  });
});
