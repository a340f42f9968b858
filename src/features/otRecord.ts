import { type Protocol, protocolOf } from './protocol.js';

/** What one row of a log is: `transaction` holds request and response in one row (older modbus.log, v2 details). */
export type RowKind = 'connection' | 'request' | 'response' | 'transaction';

/** The value of a part that the log does not carry. */
export const NOT_LOGGED = '-';

/** One Zeek row of industrial traffic, whatever log or index convention it came from. */
export interface OtRecord {
  readonly log: string;
  readonly kind: RowKind;
  /** seconds since the epoch, Zeek's microseconds kept */
  readonly ts: number;
  readonly uid: string;
  readonly sensor: string;
  readonly vlan: string;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** Modbus unit identifier */
  readonly unit: string;
  readonly functionCode: string;
  readonly exception: string | undefined;
  readonly address: number | undefined;
  readonly quantity: number | undefined;
  /** payload bytes of the connection (conn.log orig_bytes, resp_bytes); other logs carry none */
  readonly origBytes: number | undefined;
  readonly respBytes: number | undefined;
}

/** A Zeek row under Zeek's own column names (`id.orig_h`, …), with the log and the sensor it came from. */
export interface ZeekRow {
  readonly log: string;
  readonly sensor: string | undefined;
  readonly columns: Readonly<Record<string, unknown>>;
}

/**
 * Reads the parts that relations and features are made of.
 *
 * @returns undefined for a row that is not industrial traffic or lacks time, addresses or port
 */
export function toOtRecord({ log, sensor, columns }: ZeekRow): OtRecord | undefined {
  const ts = number(columns['ts']);
  const source = text(columns['id.orig_h']);
  const destination = text(columns['id.resp_h']);
  const port = number(columns['id.resp_p']);
  if (ts === undefined || source === undefined || destination === undefined || port === undefined)
    return undefined;
  const protocol = log === 'conn' ? protocolOf(service(columns['service']), port) : LOG_PROTOCOL[log];
  if (protocol === undefined) return undefined;
  return {
    log,
    kind: kindOf(log, columns),
    ts,
    uid: text(columns['uid']) ?? NOT_LOGGED,
    sensor: keyPart(sensor) ?? NOT_LOGGED,
    vlan: vlanOf(columns),
    source,
    sourcePort: number(columns['id.orig_p']) ?? 0,
    destination,
    port,
    protocol,
    unit: keyPart(text(columns['unit'] ?? columns['unit_id'])) ?? NOT_LOGGED,
    functionCode: keyPart(text(columns['func'])) ?? NOT_LOGGED,
    exception: text(columns['exception'] ?? columns['exception_code']),
    address: number(columns['address']),
    quantity: number(columns['quantity']),
    origBytes: number(columns['orig_bytes']),
    respBytes: number(columns['resp_bytes']),
  };
}

const LOG_PROTOCOL: Readonly<Record<string, Protocol>> = { modbus: 'modbus', modbus_detailed: 'modbus' };

function kindOf(log: string, columns: Readonly<Record<string, unknown>>): RowKind {
  if (log === 'conn') return 'connection';
  const direction = columns['pdu_type'] ?? columns['network_direction'];
  if (direction === 'REQ' || direction === 'request') return 'request';
  if (direction === 'RESP' || direction === 'response') return 'response';
  return 'transaction';
}

function vlanOf(columns: Readonly<Record<string, unknown>>): string {
  const outer = text(columns['vlan']);
  const inner = text(columns['inner_vlan']);
  return inner === undefined ? (outer ?? NOT_LOGGED) : `${outer ?? ''}.${inner}`;
}

/** Names that others choose go into keys joined by `|`: none may hold one, or grow a key without bound. */
function keyPart(name: string | undefined): string | undefined {
  return name?.replaceAll('|', '¦').slice(0, KEY_PART_MAX_LENGTH);
}
const KEY_PART_MAX_LENGTH = 128;

function service(value: unknown): string | readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : text(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
