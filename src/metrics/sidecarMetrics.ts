import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the decision server counts, for Prometheus. */
export interface SidecarMetrics {
  readonly registry: Registry;
  answered(route: string, method: string, status: number, seconds: number): void;
  signIn(outcome: 'ok' | 'refused' | 'locked' | 'unfit'): void;
  decision(action: string): void;
  webhook(outcome: string): void;
  notification(outcome: 'delivered' | 'failed' | 'given_up'): void;
}

export function sidecarMetrics(sessions: () => number): SidecarMetrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Counter({ name: `ot_anomaly_sidecar_${name}`, help, labelNames, registers });
  const requests = new Histogram({
    name: 'ot_anomaly_sidecar_request_seconds',
    help: 'Time to answer, by route',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers,
  });
  const signIns = counter('sign_ins_total', 'Attempts to sign in', ['outcome']);
  const decisions = counter('decisions_total', 'Decisions stored, by action', ['action']);
  const webhooks = counter('webhooks_total', 'Webhooks of the SOAR', ['outcome']);
  const notifications = counter('notifications_total', 'Notifications to the SOAR', ['outcome']);
  new Gauge({
    name: 'ot_anomaly_sidecar_sessions',
    help: 'People signed in',
    registers,
    collect() {
      this.set(sessions());
    },
  });
  return {
    registry,
    answered: (route, method, status, seconds) =>
      requests.observe({ route, method, status: String(status) }, seconds),
    signIn: (outcome) => signIns.inc({ outcome }),
    decision: (action) => decisions.inc({ action }),
    webhook: (outcome) => webhooks.inc({ outcome }),
    notification: (outcome) => notifications.inc({ outcome }),
  };
}
