import { JOINT, OK_STATUS, type ScoredLogType, scoredLogType } from '../zeek/scoredLogs.js';
import { type Protocol, protocolOf } from './protocol.js';

/**
 * What one row of a log is: `transaction` holds request and response in one row (older modbus.log, v2 details,
 * dnp3.log), or either where the log doesn't tell; `item` is one of several objects of one message.
 */
export type RowKind = 'connection' | 'request' | 'response' | 'transaction' | 'item';

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
  /** Modbus unit identifier; other protocols' logs name no unit */
  readonly unit: string;
  /** what the message asks for: `READ_COILS`, `DIRECT_OPERATE, Pulse On, Trip`, `Set Attribute List, 0x8b` */
  readonly functionCode: string;
  readonly exception: string | undefined;
  readonly address: number | undefined;
  readonly quantity: number | undefined;
  /** values of the first registers or bits from `address` on, at most VALUES_AT_MOST; empty where none are logged */
  readonly values: readonly number[];
  /**
   * bytes of the connection, other logs carry none: payload (conn.log orig_bytes, resp_bytes), or IP bytes where the
   * index profile has only those; 0 in either case where no data was sent
   */
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
  const type = scoredLogType(log);
  const ts = number(columns['ts']);
  const source = text(columns['id.orig_h']);
  const destination = text(columns['id.resp_h']);
  const port = number(columns['id.resp_p']);
  if (type === undefined || ts === undefined) return undefined;
  if (source === undefined || destination === undefined || port === undefined) return undefined;
  const protocol = type.protocol ?? protocolOf(service(columns['service']), port);
  if (protocol === undefined) return undefined;
  const exception = first(type.exception, columns);
  return {
    log,
    kind: kindOf(type, columns),
    ts,
    uid: text(columns['uid']) ?? NOT_LOGGED,
    sensor: keyPart(sensor) ?? NOT_LOGGED,
    vlan: vlanOf(columns),
    source,
    sourcePort: number(columns['id.orig_p']) ?? 0,
    destination,
    port,
    protocol,
    unit: keyPart(first(type.unit, columns)) ?? NOT_LOGGED,
    functionCode: keyPart(functionCodeOf(type, columns)) ?? NOT_LOGGED,
    exception:
      exception === undefined || OK_STATUS.has(exception) || isUnset(exception) ? undefined : exception,
    ...whereOf(type, columns),
    values: valuesOf(type, columns),
    origBytes: number(columns['orig_bytes']),
    respBytes: number(columns['resp_bytes']),
  };
}

type Columns = ZeekRow['columns'];

/** The address that a row is about, and how many from there on. */
export function whereOf(
  { address, quantity }: ScoredLogType,
  columns: Columns,
): Pick<OtRecord, 'address' | 'quantity'> {
  return { address: integer(first(address, columns)), quantity: integer(first(quantity, columns)) };
}

function kindOf({ rows, direction }: ScoredLogType, columns: Columns): RowKind {
  if (rows === 'connection' || rows === 'response') return rows;
  for (const { column, request, response, unset } of direction) {
    const value = text(columns[column]);
    if (value === undefined ? unset === 'response' : response.includes(value)) return 'response';
    if (rows === 'message' && value !== undefined && request.includes(value)) return 'request';
  }
  return rows === 'item' ? 'item' : 'transaction';
}

function functionCodeOf({ functionCode }: ScoredLogType, columns: Columns): string | undefined {
  let joined: string | undefined;
  for (const names of functionCode) {
    const part = nameOf(names, columns);
    if (part !== undefined) joined = joined === undefined ? part : `${joined}${JOINT}${part}`;
  }
  return joined;
}

/** The first of the columns that says something, else the first that is there. */
function nameOf(names: readonly string[], columns: Columns): string | undefined {
  let there: string | undefined;
  for (const name of names) {
    const value = text(columns[name]);
    if (value === undefined) continue;
    if (saysSomething(value)) return value;
    there ??= value;
  }
  return there;
}

/** ICSNPP writes `unknown` (or nothing, for class 0) where its tables have no name for a code. */
function saysSomething(name: string): boolean {
  return name !== '' && name.toLowerCase() !== 'unknown';
}

function first(names: readonly string[], columns: Columns): string | undefined {
  for (const name of names) {
    const value = text(columns[name]);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A message may carry 125 registers; the first few are charted, so that a row's cost stays bounded. */
export const VALUES_AT_MOST = 8;
const NO_VALUES: readonly number[] = [];

/** ICSNPP writes a vector of counts, before 2025-09 one text with commas. */
function valuesOf({ values }: ScoredLogType, columns: Columns): readonly number[] {
  for (const name of values) {
    const logged = columns[name];
    const list: readonly unknown[] = Array.isArray(logged)
      ? logged
      : typeof logged === 'string'
        ? logged.split(',')
        : [];
    const numbers = list
      .slice(0, VALUES_AT_MOST)
      .map((value) => (value === null || value === '' ? Number.NaN : Number(value)));
    if (numbers.length > 0 && numbers.every(Number.isFinite)) return numbers;
  }
  return NO_VALUES;
}

function vlanOf(columns: Readonly<Record<string, unknown>>): string {
  const outer = text(columns['vlan']);
  const inner = text(columns['inner_vlan']);
  return inner === undefined ? (outer ?? NOT_LOGGED) : `${outer ?? ''}.${inner}`;
}

/** Zeek's JSON leaves out what is unset; writers that made theirs of TSV may not. */
const isUnset = (text: string) => text === '' || text === NOT_LOGGED;

/** Names that others choose go into keys joined by `|`: none may hold one, or grow a key without bound. */
export function keyPart(name: string | undefined): string | undefined {
  if (name === undefined || (name.length <= KEY_PART_MAX_LENGTH && !name.includes('|'))) return name;
  return name.replaceAll('|', '¦').slice(0, KEY_PART_MAX_LENGTH);
}
const KEY_PART_MAX_LENGTH = 128;

function service(value: unknown): string | readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : text(value);
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** A count, or CIP's hexadecimal text (`0x8b`). */
function integer(value: string | undefined): number | undefined {
  return value !== undefined && /^(\d+|0x[\da-f]+)$/i.test(value) ? number(Number(value)) : undefined;
}

/** A number, or its text: some shippers send all columns as text, and Elasticsearch gives back what it was sent. */
function number(value: unknown): number | undefined {
  const given = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
  return typeof given === 'number' && Number.isFinite(given) ? given : undefined;
}
const NUMBER = /^-?\d{1,20}(\.\d{1,20})?$/;
