import type { Arrivals, Overview, Refresh, Rights } from './examined.js';
import type { Finding } from './finding.js';
import { duration } from './judgeArrivals.js';
import type { LogDays } from './judgeDays.js';

/** What the doctor saw of one profile that finds rows. */
export interface ProfileReport {
  readonly name: string;
  readonly title: string;
  readonly index: string;
  readonly rows: number;
  readonly indices: Overview['indices'];
  readonly logs: readonly LogDays[];
  readonly days: number;
  readonly sensors: readonly string[];
  readonly arrivals: Arrivals;
  readonly refresh: Refresh;
  /** what detection lacks in this convention */
  readonly weaker: readonly string[];
}

export interface DoctorReport {
  /** 0: nothing to mend; 1: warnings; 2: it can't work */
  readonly exitCode: 0 | 1 | 2;
  readonly namespace: string;
  readonly profiles: readonly ProfileReport[];
  readonly rights: readonly Rights[];
  readonly findings: readonly Finding[];
  /** what to do, in this order */
  readonly next: readonly string[];
}

const INDICES_TOLD = 8;
const ORDER = { error: 0, warning: 1, note: 2 } as const;

/** The report as a person reads it. */
export function describeReport(report: DoctorReport): string {
  const lines = [
    ...report.profiles.flatMap(describeProfile),
    ...report.rights.map(describeRights),
    '',
    ...[...report.findings]
      .sort((a, b) => ORDER[a.severity] - ORDER[b.severity])
      .flatMap(({ severity, code, message, advice }) => [
        `${severity}: ${message} [${code}]`,
        `    ${advice}`,
      ]),
    ...(report.findings.length === 0 ? ['nothing to mend'] : []),
    '',
    'Next:',
    ...report.next.map((step, i) => `  ${i + 1}. ${step}`),
  ];
  // Names of sensors and indices come from documents: no control character of theirs reaches the terminal.
  return lines.map((line) => `${line.replaceAll(/\p{Cc}/gu, ' ')}\n`).join('');
}

function describeProfile({
  name,
  title,
  rows,
  indices,
  logs,
  days,
  sensors,
  arrivals,
  refresh,
}: ProfileReport) {
  const told = indices.slice(0, INDICES_TOLD).map(({ index, rows }) => `    ${rows}  ${index}`);
  const more = indices.length > INDICES_TOLD ? [`    and ${indices.length - INDICES_TOLD} more`] : [];
  return [
    `profile ${name} (${title}) fits: ${rows} industrial rows on ${days} days`,
    ...told,
    ...more,
    ...logs.map(
      (log) =>
        `  ${log.log}: ${log.rows} rows on ${log.days} days, ${log.first} to ${log.last}, ${Math.round(log.coverage * 100)} % of hours${log.gaps.length === 0 ? '' : `, ${log.gaps.length} gaps`}`,
    ),
    `  sensors: ${sensors.length === 0 ? 'not named' : sensors.join(', ')}`,
    ...arrivals.lags.map(
      ({ sensor, p50, p99 }) =>
        `  arrival after the row's time${sensor === '-' ? '' : `, ${sensor}`}: half within ${duration(Math.abs(p50))}${p50 < 0 ? ' before it' : ''}, 99 % within ${duration(Math.abs(p99))}${p99 < 0 ? ' before it' : ''}`,
    ),
    `  visible to searches: ${describeRefresh(refresh)}`,
  ];
}

function describeRefresh(refresh: Refresh): string {
  switch (refresh.from) {
    case 'settings':
      return refresh.slowest === 'never'
        ? `never (${refresh.index})`
        : `within ${duration(refresh.slowest)} (refresh_interval)`;
    case 'watching':
      return `within ${duration(refresh.slowest)} (${refresh.documents} rows watched as they arrived)`;
    case 'unknown':
      return `not known: ${refresh.reason}`;
  }
}

function describeRights({ part, missing, excess, superuser, expires }: Rights): string {
  const rights = superuser
    ? 'may do anything'
    : missing.length + excess.length === 0
      ? 'exactly its rights'
      : `${missing.length} rights missing, ${excess.length} too many`;
  return `credential of the ${part}: ${rights}${expires === undefined ? '' : `, until ${expires.toISOString().slice(0, 10)}`}`;
}
