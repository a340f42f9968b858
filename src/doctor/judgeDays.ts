import { DAYS_AT_LEAST, DAYS_FOR_PRODUCTION } from '../model/training/train.js';
import type { LogHours, Overview } from './examined.js';
import type { Finding } from './finding.js';

const HOURS_A_DAY = 24;

/** A log with rows in so many of its hours, and less than one hole a day, is steady: then a hole is a gap. */
const STEADY_SHARE = 0.9;
/** An hour or two is a restart; more is a hole in the baseline. */
const GAP_HOURS = 3;
const GAPS_TOLD = 3;

export interface LogDays {
  readonly log: string;
  readonly rows: number;
  readonly days: number;
  readonly first: string;
  readonly last: string;
  /** share of the hours from first to last that hold rows */
  readonly coverage: number;
  readonly gaps: readonly Gap[];
}

export interface Gap {
  readonly from: string;
  readonly to: string;
  readonly hours: number;
}

/** Days, first and last day, and gaps of one log. A log that is sporadic by nature has no gaps. */
export function daysOf({ log, rows, hours }: LogHours): LogDays {
  const first = hours[0] ?? 0;
  const last = hours[hours.length - 1] ?? 0;
  const coverage = hours.length === 0 ? 0 : hours.length / (last - first + 1);
  const holes = hours.flatMap((hour, i) => {
    const before = hours[i - 1];
    if (before === undefined || hour - before - 1 < GAP_HOURS) return [];
    return [{ from: isoHour(before + 1), to: isoHour(hour), hours: hour - before - 1 }];
  });
  const inHoles = holes.reduce((sum, { hours }) => sum + hours, 0);
  // Steady apart from its holes, which must not be what makes it look sporadic.
  const steady =
    hours.length / Math.max(1, last - first + 1 - inHoles) >= STEADY_SHARE &&
    holes.length < (last - first + 1) / HOURS_A_DAY;
  return {
    log,
    rows,
    days: new Set(hours.map((hour) => Math.floor(hour / HOURS_A_DAY))).size,
    first: isoHour(first),
    last: isoHour(last),
    coverage: Math.round(coverage * 1000) / 1000,
    gaps: steady ? holes : [],
  };
}

/** @param hours of every log */
export function judgeDays(profile: string, overview: Overview, hours: readonly LogHours[]): Finding[] {
  const logs = hours.map(daysOf);
  return [
    ...judgeLength(profile, hours),
    ...logs.flatMap((log) => judgeGaps(profile, log)),
    ...judgeLogs(profile, overview),
  ];
}

function judgeLength(profile: string, hours: readonly LogHours[]): Finding[] {
  const days = daysTogether(hours);
  if (days >= DAYS_FOR_PRODUCTION) return [];
  const found = `expected ${DAYS_FOR_PRODUCTION} days with data, found ${days}`;
  return [
    days < DAYS_AT_LEAST
      ? {
          code: 'too_few_days',
          severity: 'error',
          profile,
          message: found,
          advice: `No model can be trained on less than ${DAYS_AT_LEAST} days: wait ${DAYS_AT_LEAST - days} days, or bring older logs in. "ot-anomaly evaluate" can try less, on files.`,
        }
      : {
          code: 'short_baseline',
          severity: 'warning',
          profile,
          message: found,
          advice: `Wait ${DAYS_FOR_PRODUCTION - days} days; until then "ot-anomaly train --accept-short-baseline" makes a lab model.`,
        },
  ];
}

/** Days on which any log has rows. */
export function daysTogether(hours: readonly LogHours[]): number {
  return new Set(hours.flatMap((log) => log.hours.map((hour) => Math.floor(hour / HOURS_A_DAY)))).size;
}

function judgeGaps(profile: string, { log, gaps }: LogDays): Finding[] {
  if (gaps.length === 0) return [];
  const longest = [...gaps].sort((a, b) => b.hours - a.hours).slice(0, GAPS_TOLD);
  const told = longest.map(({ from, to, hours }) => `${from} to ${to} (${hours} h)`).join(', ');
  return [
    {
      code: 'gap',
      severity: 'warning',
      profile,
      message: `${log}: no rows in ${gaps.length === 1 ? 'a gap' : `${gaps.length} gaps, the longest`} from ${told}, in a log that has rows in every hour otherwise`,
      advice:
        'See whether the sensor, the shipper or the plant stood still. Bring the missing logs in ("ot-anomaly ingest" doubles nothing), or train on a window without the gap.',
    },
  ];
}

/** Logs without which a protocol is hardly seen, where connections say that it is spoken. */
const LOGS_OF = {
  modbus: ['modbus', 'modbus_detailed'],
  dnp3: ['dnp3'],
  enip: ['enip', 'cip'],
} as const;

function judgeLogs(profile: string, { logs, spoken }: Overview): Finding[] {
  const has = (name: string) => logs.some(({ log, rows }) => log === name && rows > 0);
  const findings: Finding[] = [];
  if (!has('conn'))
    findings.push({
      code: 'log_missing',
      severity: 'warning',
      profile,
      message: 'no rows of conn.log: scans, floods and connections that no parser understands are not seen',
      advice: 'Let the shipper send conn.log too.',
    });
  for (const [protocol, names] of Object.entries(LOGS_OF)) {
    const connections = spoken[protocol as keyof typeof LOGS_OF];
    if (connections === 0 || names.some(has)) continue;
    findings.push({
      code: 'log_missing',
      severity: 'warning',
      profile,
      message: `${connections} connections speak ${protocol}, and there is no row of ${names.map((name) => `${name}.log`).join(' or ')}: functions and true intervals are not seen`,
      advice:
        'Check that the sensor has the parser, that the shipper sends the log, and that this convention indexes it.',
    });
  }
  return findings;
}

/** ISO 8601 to the hour, UTC. */
function isoHour(hour: number): string {
  return `${new Date(hour * 3_600_000).toISOString().slice(0, 13)}:00Z`;
}
