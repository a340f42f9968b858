import { Gauge, Registry } from 'prom-client';

/** What a watch over reviews knows, for Prometheus. */
export interface ReviewMetrics {
  readonly registry: Registry;
  scanned(counts: { readonly open: number; readonly overdue: number }, at: Date): void;
}

export function reviewMetrics(): ReviewMetrics {
  const registry = new Registry();
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `ot_anomaly_${name}`, help, registers: [registry] });
  const open = gauge('reviews_open', 'Reviews that people have not done yet');
  const overdue = gauge('reviews_overdue', 'Those of them whose time has run out');
  const scan = gauge('review_scan_timestamp_seconds', 'When reviews were last looked for');
  return {
    registry,
    scanned(counts, at) {
      open.set(counts.open);
      overdue.set(counts.overdue);
      scan.set(at.getTime() / 1000);
    },
  };
}
