/** The highest step of `event.severity` (anomaly/risk.ts): an alert that must not wait. */
export const CRITICAL_SEVERITY = 99;
