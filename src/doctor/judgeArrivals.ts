import type { Arrivals, Lag, Overview, Refresh } from './examined.js';
import type { Finding } from './finding.js';

/** What the scorer will be started with. */
export interface Cycle {
  readonly pollMs: number;
  readonly overlapSeconds: number;
  readonly latenessSeconds: number;
}

/** Rows that squeeze so many times their own span into the time they arrived in were brought in later. */
const PACE_OF_BACKFILL = 3;
const SPAN_AT_LEAST_S = 60;
/** NTP keeps hosts within this; `event.ingested` may be cut to whole seconds besides. */
const CLOCK_TOLERANCE_S = 2;
/** Zeek's buffers, a shipper and a bulk take seconds; a minute for every single row is a clock or a hold-up. */
const CONSTANT_LAG_S = 60;
const SILENT_AFTER_MS = 3_600_000;
const SENSOR_SILENT_AFTER_MS = 86_400_000;

/** Clocks and lateness, by the rows that arrived last. */
export function judgeArrivals(profile: string, arrivals: Arrivals, { latenessSeconds }: Cycle): Finding[] {
  if (arrivals.rows === 0) return [];
  const backfill = arrivals.rowSpan > PACE_OF_BACKFILL * Math.max(arrivals.arrivalSpan, SPAN_AT_LEAST_S);
  const ahead = arrivals.lags.filter(({ p01 }) => p01 < -CLOCK_TOLERANCE_S);
  const findings = ahead.map((lag) => clockAhead(profile, lag));
  if (backfill) return [...findings, broughtIn(profile, arrivals)];
  if (arrivals.connectionsOnly) return findings;
  for (const lag of arrivals.lags.filter((one) => !ahead.includes(one))) {
    if (isConstant(lag)) findings.push(clockBehind(profile, lag));
    else if (lag.p99 > latenessSeconds) findings.push(late(profile, lag, latenessSeconds));
  }
  return findings;
}

function isConstant({ p01, p99 }: Lag): boolean {
  return p01 > CONSTANT_LAG_S && p99 - p01 < Math.max(CONSTANT_LAG_S, 0.1 * p01);
}

function clockAhead(profile: string, { sensor, p01, p50 }: Lag): Finding {
  return {
    code: 'clock_ahead',
    severity: 'warning',
    profile,
    message: `${ofSensor(sensor)} rows carry times after their arrival, half of them ${duration(-p50)} or more (1 % ${duration(-p01)}): its clock is ahead${timeZone(p50)}`,
    advice:
      'Set the sensor’s clock by NTP (UTC) before training: hours of week and the order of rows come from it.',
  };
}

function clockBehind(profile: string, { sensor, p01, p50 }: Lag): Finding {
  return {
    code: 'clock_behind',
    severity: 'warning',
    profile,
    message: `every one of ${ofSensor(sensor)} rows arrives ${duration(p01)} or more after its time, most about ${duration(p50)}: its clock is behind${timeZone(p50)}, or something holds rows back for so long`,
    advice: 'Compare the sensor’s clock with a true one; if it is right, look at the shipper’s queue.',
  };
}

function late(profile: string, { sensor, p50, p99 }: Lag, latenessSeconds: number): Finding {
  return {
    code: 'late_arrivals',
    severity: 'warning',
    profile,
    message: `1 % of ${ofSensor(sensor)} rows arrive ${duration(p99)} or more after they were logged (half within ${duration(p50)}); the scorer waits ${latenessSeconds} s`,
    advice: `Later rows are judged by structure only, not by rhythm. Speed the shipper up, or start "ot-anomaly score --lateness ${Math.min(3_600, Math.ceil(p99))}", which delays alerts by as much.`,
  };
}

function broughtIn(profile: string, { rowSpan, arrivalSpan }: Arrivals): Finding {
  return {
    code: 'brought_in_later',
    severity: 'note',
    profile,
    message: `the rows that arrived last tell of ${duration(rowSpan)} and arrived within ${duration(arrivalSpan)}: they were brought in later, so lateness can't be judged`,
    advice: 'Run the doctor again when rows arrive as they are logged.',
  };
}

/** Whether anything arrives now, of every sensor. */
export function judgeSilence(profile: string, overview: Overview): Finding[] {
  const { newestArrival, serverNow, sensors, withoutArrival, rows } = overview;
  const findings: Finding[] = [];
  if (withoutArrival > 0)
    findings.push({
      code: 'no_arrival',
      severity: withoutArrival === rows ? 'error' : 'warning',
      profile,
      message: `${withoutArrival} of ${rows} rows have no arrival time`,
      advice:
        '"ot-anomaly score --follow" pages by arrival and never sees them. Let a final pipeline set the field that the profile names, or name another in a profile of your own.',
    });
  if (newestArrival !== undefined && serverNow !== undefined && serverNow - newestArrival > SILENT_AFTER_MS)
    findings.push({
      code: 'nothing_arrives',
      severity: 'warning',
      profile,
      message: `the newest row arrived ${duration((serverNow - newestArrival) / 1000)} ago, at ${new Date(newestArrival).toISOString()}`,
      advice: 'Look at the sensor and the shipper; a scorer would have nothing to judge.',
    });
  const newest = Math.max(...sensors.map((sensor) => sensor.newest));
  for (const { sensor, newest: own } of sensors)
    if (newest - own > SENSOR_SILENT_AFTER_MS)
      findings.push({
        code: 'sensor_silent',
        severity: 'warning',
        profile,
        message: `the sensor ${sensor} has been silent for ${duration((newest - own) / 1000)} while others logged; its last row is of ${new Date(own).toISOString()}`,
        advice: 'Look at that sensor and its shipper, or leave it out if it was taken down.',
      });
  return findings;
}

/** Refresh against the cycle of polls: what is visible too late lies behind the scorer's position, and is passed over. */
export function judgeRefresh(
  profile: string,
  refresh: Refresh,
  { pollMs, overlapSeconds }: Cycle,
): Finding[] {
  if (refresh.from === 'unknown')
    return [
      {
        code: 'refresh_unknown',
        severity: 'note',
        profile,
        message: `how soon rows become visible is not known: ${refresh.reason}`,
        advice: 'Run the doctor while rows arrive, or with a credential that has view_index_metadata.',
      },
    ];
  const { slowest } = refresh;
  if (slowest !== 'never' && slowest < overlapSeconds) return [];
  const where =
    refresh.from === 'settings'
      ? `${refresh.index} has refresh_interval`
      : 'rows that arrived just now became visible after';
  return [
    {
      code: 'slow_refresh',
      severity: slowest === 'never' ? 'error' : 'warning',
      profile,
      message: `${where} ${slowest === 'never' ? '-1 (never)' : duration(slowest)}, and the scorer polls every ${pollMs} ms and reads ${overlapSeconds} s again: alerts come so much later, and rows that become visible behind those of another index are missed`,
      advice: `Set index.refresh_interval to 1s${slowest === 'never' ? '' : `, or start "ot-anomaly score --overlap ${Math.min(600, Math.ceil(slowest) + 2)}"`}.`,
    },
  ];
}

export function judgeHostClock(serverNow: number, hostNow: number): Finding[] {
  const ahead = (hostNow - serverNow) / 1000;
  if (Math.abs(ahead) <= CLOCK_TOLERANCE_S + 3) return [];
  return [
    {
      code: 'host_clock',
      severity: 'warning',
      message: `this host's clock is ${duration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} Elasticsearch's`,
      advice: 'Set both by NTP; alerts carry this host’s time of scoring.',
    },
  ];
}

function ofSensor(sensor: string): string {
  return sensor === '-' ? 'the' : `the sensor ${sensor}'s`;
}

/** A whole number of half hours is more often a time zone than a bad clock. */
function timeZone(seconds: number): string {
  const halfHours = Math.round(Math.abs(seconds) / 1_800);
  const off = Math.abs(Math.abs(seconds) - halfHours * 1_800);
  return halfHours > 0 && off < 120 ? ' (about a whole number of half hours: a time zone read wrongly?)' : '';
}

/** `850 ms`, `42 s`, `20 min`, `3.5 h`, `12 days` */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 360) / 10} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
