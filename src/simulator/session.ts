import type { Host, Plc } from './host.js';
import type { ModbusException, ModbusRequest } from './modbusPdu.js';
import { childKey, generator, integer, type Key } from './random.js';
import type { Stretches } from './thinning.js';
import { zeekUid } from './uid.js';

/**
 * How a connection ends: the client closes it, one side resets it, or the line falls silent and
 * Zeek gives it up after its inactivity timeout.
 */
export type Ending = 'client-closes' | 'client-resets' | 'server-resets' | 'falls-silent';

/** The same reads again and again. Times in microseconds. */
export interface Polling {
  readonly reads: readonly ModbusRequest[];
  /** When each read of a cycle is due, after the cycle's beginning. */
  readonly offsets: readonly number[];
  readonly period: number;
  readonly firstAt: number;
  readonly cycles: number;
  /** Standard deviation of a cycle's beginning around its place on the grid; 0: it begins on time. */
  readonly jitter: number;
  /** The client doesn't wait for an answer before it asks again. */
  readonly pipelined?: boolean | undefined;
}

export interface ScriptedRequest {
  readonly at: number;
  readonly request: ModbusRequest;
  readonly exception?: ModbusException;
}

/** One Modbus/TCP connection, planned whole before it begins: what it carries follows from this alone. */
export interface Session {
  readonly key: Key;
  readonly uid: string;
  readonly client: Host;
  readonly clientPort: number;
  readonly server: Plc;
  readonly opensAt: number;
  /** It was open when the sensor began to listen: no handshake was seen. */
  readonly midstream: boolean;
  readonly polling: Polling | undefined;
  /** Requests outside the polling, in order of time: always recorded. */
  readonly script: readonly ScriptedRequest[];
  readonly endsAt: number;
  readonly ending: Ending;
  /** What is recorded of the polling: these stretches, and everything before `recordedUntil`. */
  readonly stretches: Stretches;
  readonly recordedUntil: number;
  readonly firstTid: number;
}

export type SessionPlan = Omit<Session, 'uid' | 'clientPort' | 'firstTid'>;

/** Gives a planned connection the numbers that nobody chooses: uid, client port, first transaction id. */
export function session(plan: SessionPlan): Session {
  const random = generator(childKey(plan.key, 'session'));
  const [lowest, highest] = EPHEMERAL_PORTS[plan.client.stack];
  return {
    ...plan,
    uid: zeekUid(random),
    clientPort: integer(random, lowest, highest),
    firstTid: plan.midstream ? integer(random, 1, 60_000) : 1,
  };
}

/** Linux's ip_local_port_range; IANA's dynamic ports, which Windows uses; the old range of small stacks. */
export const EPHEMERAL_PORTS = {
  linux: [32_768, 60_999],
  windows: [49_152, 65_535],
  embedded: [1_025, 5_000],
} as const;

/** How many cycles fit between `firstAt` and `endsAt` with room for the last one, late, and its answers. */
export function cyclesUntil(firstAt: number, endsAt: number, period: number, span: number): number {
  return Math.max(0, Math.floor((endsAt - span - 0.1 * period - CLOSING_ROOM - firstAt) / period) + 1);
}

/** Half a second: the longest answer, retransmitted once, is in. */
const CLOSING_ROOM = 500_000;
