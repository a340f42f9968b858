import type { SimulatedRow } from '../activity.js';
import { finishedRow, type Traffic } from '../connRow.js';
import { MINUTE, toSeconds } from '../time.js';
import type { Conversation, Exchange } from './conversation.js';

/** An Ethernet frame's worth of TCP payload. */
const SEGMENT = 1460;
/** Zeek's udp_inactivity_timeout (base/init-bare.zeek). */
const UDP_INACTIVITY = MINUTE;
/** IP and UDP headers. */
const UDP_HEADERS = 28;

/** The conn.log row of a whole connection, whatever of its messages is recorded. */
export function conversationRow(conversation: Conversation): SimulatedRow {
  const { orig, resp } = trafficOf(conversation);
  const resent = { packets: 0, bytes: 0 };
  if (conversation.transport === 'tcp') return finishedRow({ ...conversation, orig, resp, resent });
  return udpRow(conversation, orig, resp);
}

/** Packets and payload bytes of each side, acknowledgements included, without handshake and closing. */
export function trafficOf({ transport, cycles, script }: Conversation): {
  readonly orig: Traffic;
  readonly resp: Traffic;
} {
  const orig: Traffic = { packets: 0, bytes: 0 };
  const resp: Traffic = { packets: 0, bytes: 0 };
  const add = (exchanges: readonly Exchange[], times: number): void => {
    for (const { messages } of exchanges) {
      for (const { from, bytes } of messages) {
        const side = from === 'client' ? orig : resp;
        side.bytes += times * bytes;
        side.packets += times * Math.max(1, Math.ceil(bytes / SEGMENT));
      }
      // The next message carries an acknowledgement; after the last one there is none to carry it.
      if (transport === 'tcp') (messages.at(-1)?.from === 'client' ? resp : orig).packets += times;
    }
  };
  if (cycles !== undefined) {
    add(cycles.usual, cycles.count - cycles.odd.length);
    for (const { exchanges } of cycles.odd) add(exchanges, 1);
  }
  for (const { exchange } of script) add([exchange], 1);
  return { orig, resp };
}

function udpRow(conversation: Conversation, orig: Traffic, resp: Traffic): SimulatedRow {
  const { uid, client, clientPort, server, serverPort, service, opensAt, endsAt } = conversation;
  return {
    log: 'conn',
    writtenAt: toSeconds(endsAt + UDP_INACTIVITY),
    row: {
      ts: toSeconds(opensAt),
      uid,
      'id.orig_h': client.address,
      'id.orig_p': clientPort,
      'id.resp_h': server.address,
      'id.resp_p': serverPort,
      proto: 'udp',
      service,
      duration: toSeconds(endsAt - opensAt),
      orig_bytes: orig.bytes,
      resp_bytes: resp.bytes,
      conn_state: resp.packets > 0 ? 'SF' : 'S0',
      local_orig: true,
      local_resp: true,
      missed_bytes: 0,
      history: resp.packets > 0 ? 'Dd' : 'D',
      orig_pkts: orig.packets,
      orig_ip_bytes: orig.bytes + orig.packets * UDP_HEADERS,
      resp_pkts: resp.packets,
      resp_ip_bytes: resp.bytes + resp.packets * UDP_HEADERS,
      ip_proto: 17,
    },
  };
}
