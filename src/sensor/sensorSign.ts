import { keyPart, NOT_LOGGED, type ZeekRow } from '../features/otRecord.js';

/** What one row tells of the sensor that wrote it. */
export interface SensorSign {
  readonly sensor: string;
  /** seconds since the epoch at which it arrived in Elasticsearch */
  readonly arrivedAt: number;
  /** how far the row's own time is behind its arrival (s), where Zeek writes the row at that time; negative: ahead */
  readonly delay: number | undefined;
  /** Zeek's own time at which it wrote the row: that of conn.log is about a connection's end. Seconds since the epoch */
  readonly ts: number | undefined;
  /** capture_loss.log: percent of acknowledged segments that were not seen */
  readonly percentLost: number | undefined;
  /** conn.log: payload bytes that were not seen, and that were */
  readonly bytes: { readonly missed: number; readonly seen: number } | undefined;
  /** conn.log: whether a TCP connection that carried data was seen in one direction only */
  readonly oneSided: boolean | undefined;
}

/** Reads what `row` tells of its sensor. conn.log is written at a connection's end, so its times tell no delay. */
export function toSensorSign({ log, sensor, columns }: ZeekRow, arrivedAt: number): SensorSign {
  const ts = number(columns['ts']);
  const isAtOnce = log !== 'conn' && log !== 'capture_loss';
  return {
    sensor: keyPart(sensor) ?? NOT_LOGGED,
    arrivedAt,
    ts: ts === undefined ? undefined : ts + (log === 'conn' ? (number(columns['duration']) ?? 0) : 0),
    delay: isAtOnce && ts !== undefined ? arrivedAt - ts : undefined,
    percentLost: log === 'capture_loss' ? number(columns['percent_lost']) : undefined,
    bytes: log === 'conn' ? bytesOf(columns) : undefined,
    oneSided: log === 'conn' ? isOneSided(columns) : undefined,
  };
}

type Columns = ZeekRow['columns'];

function bytesOf(columns: Columns): SensorSign['bytes'] {
  const missed = number(columns['missed_bytes']);
  if (missed === undefined) return undefined;
  return { missed, seen: (number(columns['orig_bytes']) ?? 0) + (number(columns['resp_bytes']) ?? 0) };
}

/**
 * Zeek's history has upper-case letters for what the originator sent and lower-case ones for the responder; data
 * is D or d. TCP data is always acknowledged by the other side: where it is absent, the sensor did not see it.
 * A connection attempt that nobody answers carries no data and tells nothing.
 */
function isOneSided(columns: Columns): boolean | undefined {
  if (columns['proto'] !== 'tcp' || typeof columns['history'] !== 'string') return undefined;
  const history = columns['history'].replace(/[^A-Za-z]/g, '');
  if (!/[Dd]/.test(history)) return undefined;
  return history === history.toUpperCase() || history === history.toLowerCase();
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
