import type { LogName } from './activity.js';
import { SECOND } from './time.js';

/** Who sent this one message, in ICSNPP's logs since 2023. */
const SENDER: readonly (readonly [string, string])[] = [
  ['is_orig', 'bool'],
  ['source_h', 'addr'],
  ['source_p', 'port'],
  ['destination_h', 'addr'],
  ['destination_p', 'port'],
];

/** Columns after ts, uid and the four of the connection, with Zeek's types. */
const COLUMNS: Readonly<Record<LogName, readonly (readonly [string, string])[]>> = {
  conn: [
    ['proto', 'enum'],
    ['service', 'string'],
    ['duration', 'interval'],
    ['orig_bytes', 'count'],
    ['resp_bytes', 'count'],
    ['conn_state', 'string'],
    ['local_orig', 'bool'],
    ['local_resp', 'bool'],
    ['missed_bytes', 'count'],
    ['history', 'string'],
    ['orig_pkts', 'count'],
    ['orig_ip_bytes', 'count'],
    ['resp_pkts', 'count'],
    ['resp_ip_bytes', 'count'],
    ['tunnel_parents', 'set[string]'],
    ['ip_proto', 'count'],
  ],
  modbus: [
    ['tid', 'count'],
    ['unit', 'count'],
    ['func', 'string'],
    ['pdu_type', 'string'],
    ['exception', 'string'],
  ],
  dnp3: [
    ['fc_request', 'string'],
    ['fc_reply', 'string'],
    ['iin', 'count'],
  ],
  dnp3_control: [
    ...SENDER,
    ['block_type', 'string'],
    ['function_code', 'string'],
    ['index_number', 'count'],
    ['trip_control_code', 'string'],
    ['operation_type', 'string'],
    ['clear_bit', 'bool'],
    ['execute_count', 'count'],
    ['on_time', 'count'],
    ['off_time', 'count'],
    ['status_code', 'string'],
  ],
  dnp3_objects: [
    ...SENDER,
    ['function_code', 'string'],
    ['object_type', 'string'],
    ['object_count', 'count'],
    ['range_low', 'count'],
    ['range_high', 'count'],
  ],
  enip: [
    ...SENDER,
    ['packet_correlation_id', 'string'],
    ['enip_command_code', 'string'],
    ['enip_command', 'string'],
    ['length', 'count'],
    ['session_handle', 'string'],
    ['enip_status', 'string'],
    ['sender_context', 'string'],
    ['options', 'string'],
  ],
  cip: [
    ...SENDER,
    ['packet_correlation_id', 'string'],
    ['cip_sequence_count', 'count'],
    ['direction', 'string'],
    ['cip_service_code', 'string'],
    ['cip_service', 'string'],
    ['cip_status_code', 'string'],
    ['cip_status', 'string'],
    ['cip_extended_status_code', 'string'],
    ['cip_extended_status', 'string'],
    ['class_id', 'string'],
    ['class_name', 'string'],
    ['instance_id', 'string'],
    ['attribute_id', 'string'],
  ],
  cip_io: [
    ...SENDER,
    ['packet_correlation_id', 'string'],
    ['connection_id', 'string'],
    ['sequence_number', 'count'],
    ['data_length', 'count'],
    ['io_data', 'string'],
  ],
  cip_identity: [
    ...SENDER,
    ['packet_correlation_id', 'string'],
    ['encapsulation_version', 'count'],
    ['socket_address', 'addr'],
    ['socket_port', 'count'],
    ['vendor_id', 'count'],
    ['vendor_name', 'string'],
    ['device_type_id', 'count'],
    ['device_type_name', 'string'],
    ['product_code', 'count'],
    ['revision', 'string'],
    ['device_status', 'string'],
    ['serial_number', 'string'],
    ['product_name', 'string'],
    ['device_state', 'string'],
  ],
  capture_loss: [
    ['ts_delta', 'interval'],
    ['peer', 'string'],
    ['gaps', 'count'],
    ['acks', 'count'],
    ['percent_lost', 'double'],
  ],
  modbus_detailed: [
    ['tid', 'count'],
    ['unit', 'count'],
    ['func', 'string'],
    ['address', 'count'],
    ['quantity', 'count'],
    ['request_values', 'vector[count]'],
    ['response_values', 'vector[count]'],
    ['modbus_detailed_link_id', 'string'],
    ['matched', 'bool'],
    ['request_subfunction_code', 'string'],
    ['response_subfunction_code', 'string'],
    ['request_data', 'string'],
    ['response_data', 'string'],
    ['exception_code', 'string'],
    ['mei_type', 'string'],
  ],
};

const IDENTITY: readonly (readonly [string, string])[] = [
  ['ts', 'time'],
  ['uid', 'string'],
  ['id.orig_h', 'addr'],
  ['id.orig_p', 'port'],
  ['id.resp_h', 'addr'],
  ['id.resp_p', 'port'],
];

function columnsOf(log: LogName): readonly (readonly [string, string])[] {
  // Of a sensor, not of a connection.
  return [...(log === 'capture_loss' ? IDENTITY.slice(0, 1) : IDENTITY), ...COLUMNS[log]];
}

/** The header of a log file that Zeek opened at this time (microseconds). */
export function tsvHeader(log: LogName, openedAt: number): string {
  const columns = columnsOf(log);
  return [
    '#separator \\x09',
    '#set_separator\t,',
    '#empty_field\t(empty)',
    '#unset_field\t-',
    `#path\t${log}`,
    `#open\t${stamp(openedAt)}`,
    `#fields\t${columns.map(([name]) => name).join('\t')}`,
    `#types\t${columns.map(([, type]) => type).join('\t')}`,
    '',
  ].join('\n');
}

export function tsvFooter(closedAt: number): string {
  return `#close\t${stamp(closedAt)}\n`;
}

function stamp(at: number): string {
  return new Date(Math.floor(at / (SECOND / 1000))).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
}

/** Turns rows of one log into lines: what is unset becomes `-`, times have six decimals. */
export function tsvWriter(log: LogName): (row: Readonly<Record<string, unknown>>) => string {
  const columns = columnsOf(log);
  return (row) => `${columns.map(([name, type]) => cell(row[name], type)).join('\t')}\n`;
}

function cell(value: unknown, type: string): string {
  if (value === undefined) return '-';
  if (type === 'time' || type === 'interval') return Number(value).toFixed(6);
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  if (Array.isArray(value)) return value.length === 0 ? '(empty)' : value.join(',');
  return String(value);
}
