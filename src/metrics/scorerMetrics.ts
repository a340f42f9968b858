import { Counter, Gauge, Registry } from 'prom-client';
import type { Heartbeat } from '../elasticsearch/heartbeat.js';

/** What a scorer tells of itself, for Prometheus. */
export interface ScorerMetrics {
  readonly registry: Registry;
  /** everything that had arrived by now was read */
  polled(at: Date): void;
  /** an attempt failed because Elasticsearch was away or busy */
  fault(): void;
  /** what the heartbeat of now tells too */
  beat(heartbeat: Heartbeat, at: Date): void;
}

/** Counts of heartbeats, each a sum since the one before. `faults` are counted as they happen. */
const COUNTED = {
  read: 'Source documents read',
  scored: 'Rows judged in their order',
  late: 'Rows that came behind the watermark and were judged by structure only',
  unreadable: 'Documents that are no industrial traffic or lack time, addresses or port',
  found_late: 'Documents that became visible too late for the polls and were found by the wider re-read',
  abstained: 'Intervals not judged because their sensor does not see everything',
  alerts: 'Anomaly documents written, further signs included',
  already_written: 'Anomaly documents that an earlier attempt had written',
  counted: 'Anomalous rows that their group only counted',
} as const;

export function scorerMetrics(): ScorerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const name = (end: string) => `ot_anomaly_scorer_${end}`;
  const counter = (end: string, help: string) => new Counter({ name: name(end), help, registers });
  const gauge = (end: string, help: string) => new Gauge({ name: name(end), help, registers });
  const counters = Object.entries(COUNTED).map(
    ([count, help]) => [count as keyof typeof COUNTED, counter(`${count}_total`, help)] as const,
  );
  const faults = counter('faults_total', 'Attempts that failed because Elasticsearch was away or busy');
  const lag = gauge('lag_seconds', 'How long the oldest row that is not settled has been waiting');
  const pending = gauge('pending', 'Rows held back behind the watermark');
  const conditions = gauge('sensor_conditions', 'Loss, one-sided flows, wrong clocks and silence that last');
  const poll = gauge('poll_timestamp_seconds', 'When all that had arrived was last read');
  const beat = gauge('heartbeat_timestamp_seconds', 'When the last heartbeat was written');
  const model = new Gauge({
    name: name('model_info'),
    help: '1 for the model that alerts, by its SHA-256',
    labelNames: ['scorer', 'sha256'],
    registers,
  });
  new Gauge({
    name: name('resident_memory_bytes'),
    help: 'Resident memory of the process',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  return {
    registry,
    polled: (at) => poll.set(at.getTime() / 1000),
    fault: () => faults.inc(),
    beat(heartbeat, at) {
      for (const [count, total] of counters) total.inc(heartbeat[count]);
      lag.set(heartbeat.lag_ms / 1000);
      pending.set(heartbeat.pending);
      conditions.set(heartbeat.sensor_conditions);
      beat.set(at.getTime() / 1000);
      model.reset(); // a new deployment replaces the one before
      model.set({ scorer: heartbeat.name, sha256: heartbeat.model_sha256 }, 1);
    },
  };
}
