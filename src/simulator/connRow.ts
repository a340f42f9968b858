import type { SimulatedRow } from './activity.js';
import type { Fault } from './faults.js';
import type { Host } from './host.js';
import { requestBytes, responseBytes } from './modbusPdu.js';
import type { Ending, Polling, Session } from './session.js';
import { MILLISECOND, MINUTE, SECOND, toSeconds } from './time.js';

/** Packets and TCP payload bytes of one direction. */
export interface Traffic {
  packets: number;
  bytes: number;
}

/** Zeek's waits before it writes a connection (base/init-bare.zeek): tcp_close_delay, tcp_reset_delay
 * and tcp_attempt_delay are 5 s each, tcp_inactivity_timeout is 5 minutes. */
export const WRITE_DELAY = 5 * SECOND;
const INACTIVITY_TIMEOUT = 5 * MINUTE;

/** A client that has nothing to send acknowledges after this long (Linux's minimum delayed ACK). */
const DELAYED_ACK = 40 * MILLISECOND;

/** IP + TCP header bytes of a packet; timestamps (RFC 7323) take 12 more where both sides use them. */
function headerBytes(client: Host, server: Host): number {
  return client.stack === 'linux' && server.stack === 'linux' ? 52 : 40;
}

/** IP bytes of a SYN or SYN-ACK with its stack's options: what each sends in real captures. */
export const SYN_BYTES = { linux: 60, windows: 52, embedded: 44 } as const;

const STATES = {
  'client-closes': { state: 'SF', history: 'Ff', wait: WRITE_DELAY },
  'client-resets': { state: 'RSTO', history: 'R', wait: WRITE_DELAY },
  'server-resets': { state: 'RSTR', history: 'r', wait: WRITE_DELAY },
  'falls-silent': { state: 'S1', history: '', wait: INACTIVITY_TIMEOUT },
} as const satisfies Record<Ending, unknown>;

/** A TCP connection that is over: its ends, its end, and what its messages came to. */
export interface FinishedConnection {
  readonly uid: string;
  readonly client: Host;
  readonly clientPort: number;
  readonly server: Host;
  readonly serverPort: number;
  readonly service: string;
  readonly opensAt: number;
  readonly endsAt: number;
  readonly midstream: boolean;
  readonly ending: Ending;
  /** Messages and their acknowledgements, without what opens and closes the connection. */
  readonly orig: Traffic;
  readonly resp: Traffic;
  readonly resent: Traffic;
}

/** The conn.log row of a whole Modbus connection, whatever of its messages is recorded. */
export function connRow(session: Session, faults: readonly Fault[]): SimulatedRow {
  const orig: Traffic = { packets: 0, bytes: 0 };
  const resp: Traffic = { packets: 0, bytes: 0 };
  if (session.polling !== undefined) countPolling(session.polling, faults, orig, resp);
  countScript(session, orig, resp);
  const resent = countResent(session.polling, faults);
  return finishedRow({ ...session, serverPort: 502, service: 'modbus', orig, resp, resent });
}

/** The conn.log row of a TCP connection: adds the handshake and the closing to its messages. */
export function finishedRow(session: FinishedConnection): SimulatedRow {
  const { client, server, resent } = session;
  const orig = { ...session.orig };
  const resp = { ...session.resp };
  const header = headerBytes(client, server);
  let [origOptions, respOptions] = [0, 0];
  if (!session.midstream) {
    orig.packets += 2;
    resp.packets += 1;
    origOptions = SYN_BYTES[client.stack] - header;
    respOptions = SYN_BYTES[server.stack] - header;
  }
  countClosing(session.ending, orig, resp);
  const { state, history, wait } = STATES[session.ending];
  const origPackets = orig.packets + resent.packets;
  return {
    log: 'conn',
    writtenAt: toSeconds(session.endsAt + wait),
    row: {
      ts: toSeconds(session.opensAt),
      uid: session.uid,
      'id.orig_h': client.address,
      'id.orig_p': session.clientPort,
      'id.resp_h': server.address,
      'id.resp_p': session.serverPort,
      proto: 'tcp',
      ...(orig.bytes > 0 ? { service: session.service } : {}),
      duration: toSeconds(session.endsAt - session.opensAt),
      orig_bytes: orig.bytes,
      resp_bytes: resp.bytes,
      conn_state: session.midstream && state === 'S1' ? 'OTH' : state,
      local_orig: true,
      local_resp: true,
      missed_bytes: 0,
      history: `${session.midstream ? 'DdA' : 'ShADad'}${resent.packets > 0 ? 'T' : ''}${history}`,
      orig_pkts: origPackets,
      orig_ip_bytes: orig.bytes + resent.bytes + origPackets * header + origOptions,
      resp_pkts: resp.packets,
      resp_ip_bytes: resp.bytes + resp.packets * header + respOptions,
      ip_proto: 6,
    },
  };
}

function countPolling(polling: Polling, faults: readonly Fault[], orig: Traffic, resp: Traffic): void {
  const { reads, offsets, period, cycles } = polling;
  reads.forEach((read, i) => {
    orig.bytes += cycles * requestBytes(read);
    resp.bytes += cycles * responseBytes(read);
    resp.packets += cycles;
    orig.packets += cycles * (1 + acknowledgement(offsets, i, period));
  });
  for (const { request, kind } of faults) {
    const first = request % reads.length;
    const last = kind === 'missed-cycle' ? reads.length - 1 : first;
    for (let i = first; i <= last; i++) {
      const read = reads[i];
      if (read === undefined) continue;
      if (kind === 'missed' || kind === 'missed-cycle') {
        orig.bytes -= requestBytes(read);
        resp.bytes -= responseBytes(read);
        resp.packets -= 1;
        orig.packets -= 1 + acknowledgement(offsets, i, period);
      } else if (kind === 'busy') {
        resp.bytes -= responseBytes(read) - responseBytes(read, 'SLAVE_DEVICE_BUSY');
      }
    }
  }
}

/** 1 where the answer to a cycle's i-th read gets an ACK of its own, 0 where the next request carries it. */
function acknowledgement(offsets: readonly number[], i: number, period: number): number {
  const next = offsets[i + 1] ?? period + (offsets[0] ?? 0);
  return next - (offsets[i] ?? 0) > DELAYED_ACK ? 1 : 0;
}

function countScript({ script }: Session, orig: Traffic, resp: Traffic): void {
  for (const { request, exception } of script) {
    orig.bytes += requestBytes(request);
    resp.bytes += responseBytes(request, exception);
    orig.packets += 2;
    resp.packets += 1;
  }
}

/** Zeek counts a retransmission's packet and IP bytes, not its payload again. */
function countResent(polling: Polling | undefined, faults: readonly Fault[]): Traffic {
  const resent: Traffic = { packets: 0, bytes: 0 };
  for (const { request, kind } of faults) {
    const read = polling?.reads[request % polling.reads.length];
    if (kind !== 'lost-after-sensor' || read === undefined) continue;
    resent.packets += 1;
    resent.bytes += requestBytes(read);
  }
  return resent;
}

function countClosing(ending: Ending, orig: Traffic, resp: Traffic): void {
  if (ending === 'client-closes') {
    orig.packets += 2;
    resp.packets += 1;
  }
  if (ending === 'client-resets') orig.packets += 1;
  if (ending === 'server-resets') resp.packets += 1;
}
