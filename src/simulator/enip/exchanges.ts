import type { Exchange, Occurrence } from '../conversations/conversation.js';
import { type CipRequest, requestBytes, responseBytes } from './cipServices.js';
import type { Controller } from './controller.js';
import {
  ENCAPSULATION_HEADER,
  type EnipCommand,
  encapsulatedLength,
  sessionHandle,
  type Transport,
} from './encapsulation.js';
import { cipRows, enipRow, identityRow, type Packet } from './rows.js';

/** Whoever answers, and how soon. */
interface Answering {
  readonly answersWithin: number;
}

/** Protocol version and options: the data of Register Session, both ways. */
const REGISTRATION = 4;
/** What List Identity tells beside the product's name. */
const IDENTITY = 40;
const NO_SESSION = '0x00000000';
/** Sequence counts are 16 bits and wrap; 0 isn't logged. */
const SEQUENCES = 65_535;

export function registerSession(server: Answering): Exchange {
  return encapsulated(server, REGISTRATION, REGISTRATION, (line, packets) => [
    enipRow(line, packets[0], 'Register Session', REGISTRATION, NO_SESSION),
    enipRow(line, packets[1], 'Register Session', REGISTRATION, sessionHandle(line.uid)),
  ]);
}

export function listIdentity(controller: Controller): Exchange {
  const length = IDENTITY + controller.identity.productName.length;
  return encapsulated(controller, 0, length, (line, packets) => [
    enipRow(line, packets[0], 'List Identity', 0, NO_SESSION),
    enipRow(line, packets[1], 'List Identity', length, NO_SESSION),
    identityRow(line, packets[1], controller),
  ]);
}

/** The client ends its session; nothing answers. */
export function unregisterSession(): Exchange {
  return {
    messages: [{ from: 'client', bytes: ENCAPSULATION_HEADER, after: 0 }],
    rows: (line, occurrence) => [
      enipRow(line, packet(occurrence, 0), 'Unregister Session', 0, sessionHandle(line.uid)),
    ],
  };
}

/** A CIP request and its response, over the connection that Forward Open made or beside it. */
export function cipExchange(server: Answering, transport: Transport, request: CipRequest): Exchange {
  const command: EnipCommand = transport === 'connected' ? 'Send Unit Data' : 'Send RR Data';
  const asked = encapsulatedLength(transport, requestBytes(request));
  const answered = encapsulatedLength(transport, responseBytes(request));
  return encapsulated(server, asked, answered, (line, [question, answer], serial) => {
    const sequence = transport === 'connected' ? (serial % SEQUENCES) + 1 : undefined;
    const handle = sessionHandle(line.uid);
    return [
      enipRow(line, question, command, asked, handle),
      ...cipRows(line, question, request, sequence),
      enipRow(line, answer, command, answered, handle),
      ...cipRows(line, answer, request, sequence),
    ];
  });
}

/** Opens a connection for explicit messages or for I/O. */
export function forwardOpen(server: Answering): Exchange {
  return cipExchange(server, 'unconnected', {
    service: 'Forward Open',
    path: { classId: '0x06', instanceId: '0x01' },
    sends: 42,
    receives: 26,
  });
}

type Rows = Exchange['rows'];

function encapsulated(
  { answersWithin }: Answering,
  asked: number,
  answered: number,
  rows: (line: Parameters<Rows>[0], packets: readonly [Packet, Packet], serial: number) => ReturnType<Rows>,
): Exchange {
  return {
    messages: [
      { from: 'client', bytes: ENCAPSULATION_HEADER + asked, after: 0 },
      { from: 'server', bytes: ENCAPSULATION_HEADER + answered, after: answersWithin },
    ],
    rows: (line, occurrence) => rows(line, [packet(occurrence, 0), packet(occurrence, 1)], occurrence.serial),
  };
}

function packet({ times, idOf }: Occurrence, message: 0 | 1): Packet {
  return { at: times[message] ?? 0, isOrig: message === 0, correlation: idOf(message) };
}
