import type { SimulatedRow } from '../activity.js';
import type { Host } from '../host.js';
import { childKey, generator, integer, type Key } from '../random.js';
import { type Ending, EPHEMERAL_PORTS } from '../session.js';
import type { Stretches } from '../thinning.js';
import { zeekUid } from '../uid.js';

/** One message on its way. */
export interface Message {
  readonly from: 'client' | 'server';
  /** Payload bytes of TCP or UDP. */
  readonly bytes: number;
  /** Median time after the message before it, microseconds; the first comes when its exchange begins. */
  readonly after: number;
}

/** The two ends of a connection as every log names them. */
export interface Line {
  readonly uid: string;
  readonly client: Host;
  readonly clientPort: number;
  readonly server: Host;
  readonly serverPort: number;
}

/** When an exchange took place. */
export interface Occurrence {
  /** Microseconds, one for each message. */
  readonly times: readonly number[];
  /** Counts the cycles and scripted exchanges of the connection that came before. */
  readonly serial: number;
  /** An id of its own for each of the messages. */
  readonly idOf: (message: number) => string;
}

/** A request with its answer, or a message that nobody asked for: what it adds to a connection and to the logs. */
export interface Exchange {
  readonly messages: readonly Message[];
  readonly rows: (line: Line, occurrence: Occurrence) => readonly SimulatedRow[];
}

/** A cycle that holds something else than usual: another poll, an answer with events, nothing at all. */
export interface OddCycle {
  readonly index: number;
  readonly exchanges: readonly Exchange[];
  /** Whatever the thinning, it is recorded. */
  readonly recorded: boolean;
}

/** The same again and again. Times in microseconds. */
export interface Cycles {
  readonly period: number;
  readonly firstAt: number;
  readonly count: number;
  /** Standard deviation of a cycle's beginning around its place on the grid. */
  readonly jitter: number;
  readonly usual: readonly Exchange[];
  /** In order of their index, each once. */
  readonly odd: readonly OddCycle[];
}

export interface ScriptedExchange {
  readonly at: number;
  readonly exchange: Exchange;
}

/**
 * A connection of any protocol, planned whole before it begins: what it carries follows from this alone. The
 * counterpart of a Modbus `Session`.
 */
export interface Conversation extends Line {
  readonly key: Key;
  readonly transport: 'tcp' | 'udp';
  readonly service: string;
  readonly opensAt: number;
  /** It was open when the sensor began to listen: no handshake was seen. */
  readonly midstream: boolean;
  readonly cycles: Cycles | undefined;
  /** Beside the cycles, in order of time: always recorded. */
  readonly script: readonly ScriptedExchange[];
  readonly endsAt: number;
  readonly ending: Ending;
  /** What is recorded of the cycles: these stretches, and everything before `recordedUntil`. */
  readonly stretches: Stretches;
  readonly recordedUntil: number;
  /** Cycles next to a scripted exchange are recorded too: their log shares a sequence with it. */
  readonly recordAround: boolean;
}

export type ConversationPlan = Omit<Conversation, 'uid' | 'clientPort'>;

/** Gives a planned connection the numbers that nobody chooses. UDP I/O uses the server's port on both sides. */
export function conversation(plan: ConversationPlan): Conversation {
  const random = generator(childKey(plan.key, 'session'));
  const [lowest, highest] = EPHEMERAL_PORTS[plan.client.stack];
  const uid = zeekUid(random);
  return {
    ...plan,
    uid,
    clientPort: plan.transport === 'udp' ? plan.serverPort : integer(random, lowest, highest),
  };
}
