import { DAYS_AT_LEAST, DAYS_FOR_PRODUCTION } from '../model/training/train.js';
import { DEFAULT_PROFILE } from '../profiles/load.js';
import type { Finding } from './finding.js';
import type { ProfileReport } from './report.js';

const DAY_MS = 86_400_000;

/** What to do next, most pressing first: mend what stops the work, then train, then score. */
export function nextSteps(
  findings: readonly Finding[],
  profiles: readonly ProfileReport[],
  namespace: string,
): readonly string[] {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return [...new Set(errors.map(({ advice }) => advice))];
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  return [
    ...(warnings.length === 0
      ? []
      : [`Look at the ${warnings.length === 1 ? 'warning' : `${warnings.length} warnings`} above.`]),
    ...profiles.flatMap((profile) => trainAndScore(profile, namespace)),
  ];
}

function trainAndScore({ name, logs, days }: ProfileReport, namespace: string): readonly string[] {
  const options = [
    ...(name === DEFAULT_PROFILE ? [] : [`--profile ${name}`]),
    ...(namespace === 'default' ? [] : [`--namespace ${namespace}`]),
  ].map((option) => ` ${option}`);
  const first = Math.min(...logs.map(({ first }) => Date.parse(first)));
  const last = Math.max(...logs.map(({ last }) => Date.parse(last)));
  const from = day(first);
  const to = day(last + DAY_MS);
  if (days < DAYS_AT_LEAST || logs.length === 0) return [];
  const short = days < DAYS_FOR_PRODUCTION ? ' --accept-short-baseline' : '';
  return [
    `ot-anomaly train${options.join('')} --from ${from} --to ${to}${short}`,
    `ot-anomaly score --follow${options.join('')}`,
  ];
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
