/**
 * The Zeek and ICSNPP logs that this version indexes. Adding one: an entry here, its pipeline
 * `ingest-pipelines/logs-ot_zeek.<name>.yml` and its mappings under `index-templates/`.
 */

/** Zeek's type of a column, as it stands in a log's `#types` line. */
export type ZeekType = string;

export interface LogType {
  /** Zeek's own name of the log: its `#path`, `_path` and file name. */
  readonly name: string;
  /**
   * Every column known over all versions of the log, without the identity that all logs share
   * (ts, uid, id.*). Types stand in for a missing `#types` line; the index template maps each of them.
   */
  readonly columns: Readonly<Record<string, ZeekType>>;
}

/** ts, uid and id.*: the columns that every log starts with. */
export const IDENTITY_COLUMNS: Readonly<Record<string, ZeekType>> = {
  ts: 'time',
  uid: 'string',
  'id.orig_h': 'addr',
  'id.orig_p': 'port',
  'id.resp_h': 'addr',
  'id.resp_p': 'port',
};

/** Who sent this one message, in ICSNPP logs written per message. */
const SENDER_COLUMNS = {
  is_orig: 'bool',
  source_h: 'addr',
  source_p: 'port',
  destination_h: 'addr',
  destination_p: 'port',
} as const;

export const LOG_TYPES: readonly LogType[] = [
  {
    name: 'conn',
    columns: {
      proto: 'enum',
      service: 'string',
      duration: 'interval',
      orig_bytes: 'count',
      resp_bytes: 'count',
      conn_state: 'string',
      local_orig: 'bool',
      local_resp: 'bool',
      missed_bytes: 'count',
      history: 'string',
      orig_pkts: 'count',
      orig_ip_bytes: 'count',
      resp_pkts: 'count',
      resp_ip_bytes: 'count',
      tunnel_parents: 'set[string]',
      ip_proto: 'count', // Zeek ≥ 7.1
      vlan: 'int', // policy/protocols/conn/vlan-logging
      inner_vlan: 'int',
      orig_l2_addr: 'string', // policy/protocols/conn/mac-logging
      resp_l2_addr: 'string',
      community_id: 'string', // policy/protocols/conn/community-id-logging
    },
  },
  {
    name: 'modbus',
    columns: {
      tid: 'count', // this and the next two: Zeek ≥ 5.1
      unit: 'count',
      pdu_type: 'string', // REQ or RESP
      func: 'string',
      exception: 'string',
    },
  },
  {
    name: 'modbus_detailed',
    columns: {
      ...SENDER_COLUMNS,
      func: 'string',
      address: 'count',
      quantity: 'count',
      // before 2025-09, one row a PDU
      unit_id: 'count',
      network_direction: 'string', // request or response
      values: 'string',
      // since 2025-09, one row a transaction
      tid: 'count',
      unit: 'count',
      request_values: 'vector[count]',
      response_values: 'vector[count]',
      modbus_detailed_link_id: 'string',
      matched: 'bool',
      request_subfunction_code: 'string',
      response_subfunction_code: 'string',
      request_data: 'string',
      response_data: 'string',
      exception_code: 'string',
      mei_type: 'string',
    },
  },
];

export const KNOWN_LOGS: readonly string[] = LOG_TYPES.map(({ name }) => name);

const byName = new Map(LOG_TYPES.map((logType) => [logType.name, logType]));

/** The log of that name, or undefined if this version doesn't know it. */
export function findLogType(name: string): LogType | undefined {
  return byName.get(name);
}
