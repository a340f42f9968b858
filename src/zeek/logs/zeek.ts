import type { LogType } from './types.js';

/** Zeek's own logs that name no industrial protocol. Only conn is scored; the others explain alerts. */
export const ZEEK_LOGS: readonly LogType[] = [
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
    name: 'notice',
    columns: {
      fuid: 'string',
      file_mime_type: 'string',
      file_desc: 'string',
      proto: 'enum',
      note: 'enum',
      msg: 'string',
      sub: 'string',
      src: 'addr',
      dst: 'addr',
      p: 'port',
      n: 'count',
      peer_descr: 'string',
      actions: 'set[enum]',
      email_dest: 'set[string]',
      suppress_for: 'interval',
      dropped: 'bool', // Zeek < 4
      'remote_location.country_code': 'string',
      'remote_location.region': 'string',
      'remote_location.city': 'string',
      'remote_location.latitude': 'double',
      'remote_location.longitude': 'double',
    },
  },
  {
    name: 'weird',
    columns: {
      name: 'string',
      addl: 'string',
      notice: 'bool',
      peer: 'string',
      source: 'string', // Zeek ≥ 4.2
    },
  },
  {
    name: 'capture_loss',
    columns: {
      ts_delta: 'interval',
      peer: 'string',
      gaps: 'count',
      acks: 'count',
      percent_lost: 'double',
    },
  },
  // A protocol's analyzer gave up on a connection. Zeek 8 writes analyzer.log instead.
  {
    name: 'dpd',
    columns: {
      proto: 'enum',
      analyzer: 'string',
      failure_reason: 'string',
      packet_segment: 'string',
    },
  },
];
