import { ALERT_LINE } from '../model/artifact.js';

const LOWEST_SCORE = -0.5;
/** Kibana's bounds: 21 low, 47 medium, 73 high, 99 critical. */
const RISK_AT_LINE = 47;
const RISK_AT_LOWEST = 99;

/** @returns 47 at the alert line, 99 at the lowest score, linear between: higher is worse, 0 … 100 */
export function riskScore(score: number): number {
  const depth = Math.min(1, Math.max(0, (ALERT_LINE - score) / (ALERT_LINE - LOWEST_SCORE)));
  return Math.round((RISK_AT_LINE + depth * (RISK_AT_LOWEST - RISK_AT_LINE)) * 10) / 10;
}

/** @returns event.severity on Kibana's steps: 47 medium, 73 high, 99 critical */
export function severity(score: number): number {
  const risk = riskScore(score);
  return risk >= 91 ? 99 : risk >= 73 ? 73 : 47;
}
