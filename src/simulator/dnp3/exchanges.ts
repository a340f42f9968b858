import type { SimulatedRow } from '../activity.js';
import type { Exchange, Message } from '../conversations/conversation.js';
import { wireBytes } from './frames.js';
import {
  blockBytes,
  type EventObject,
  eventBytes,
  RELAY_COMMAND_BYTES,
  type RelayCommand,
} from './objects.js';
import type { Outstation } from './outstation.js';
import { controlRow, objectRow, transactionRow } from './rows.js';

/** Internal indications (IEEE 1815-2012, 4.2.2.6), IIN1 in the high byte. */
export const IIN = { none: 0, class1Events: 0x0200, needTime: 0x1000, deviceRestart: 0x8000 } as const;

/** Application control and function code; an answer adds the internal indications. */
const REQUEST = 2;
const RESPONSE = 4;
/** A header of a class (group 60) has no range. */
const CLASS_HEADER = 3;
/** The master confirms what it received this soon, microseconds. */
const CONFIRMS_WITHIN = 3_000;

export type DataClass = 0 | 1 | 2 | 3;

/** Events that an answer carries. */
export interface Events {
  readonly object: EventObject;
  readonly count: number;
}

/** READ of classes: events for 1 to 3, every point for 0. What holds events is confirmed. */
export function readClasses(
  outstation: Outstation,
  classes: readonly DataClass[],
  events?: Events,
): Exchange {
  const points = classes.includes(0) ? outstation.points : [];
  const answer =
    RESPONSE +
    points.reduce((sum, block) => sum + blockBytes(block), 0) +
    (events === undefined ? 0 : eventBytes(events.object, events.count));
  const messages = ask(outstation, REQUEST + classes.length * CLASS_HEADER, answer);
  return {
    messages: events === undefined ? messages : [...messages, confirm()],
    rows: (line, { times: [asked = 0, answered = 0] }) => [
      ...classes.map((number) => objectRow(line, asked, 'READ', `Class ${number} Data`)),
      transactionRow(line, answered, 'READ', 'RESPONSE', IIN.none),
      ...(events === undefined
        ? []
        : [
            // A count and no range: the parser gives the count as the lower end.
            objectRow(line, answered, 'RESPONSE', events.object, {
              count: events.count,
              low: events.count,
              high: 0,
            }),
          ]),
      ...points.map(({ object, count }) =>
        objectRow(line, answered, 'RESPONSE', object, { count, low: 0, high: count - 1 }),
      ),
    ],
  };
}

/** A request whose objects no log tells: its function code alone shows. */
export function plainRequest(
  outstation: Outstation,
  functionCode: string,
  objectBytes = 0,
  iin: number = IIN.none,
): Exchange {
  const answer = RESPONSE + (functionCode === 'DELAY_MEASURE' ? 6 : 0);
  return {
    messages: ask(outstation, REQUEST + objectBytes, answer),
    rows: (line, { times: [, answered = 0] }) => [
      transactionRow(line, answered, functionCode, 'RESPONSE', iin),
    ],
  };
}

/** A relay command: SELECT, OPERATE or DIRECT_OPERATE, and its echo. */
export function relayCommand(
  outstation: Outstation,
  functionCode: 'SELECT' | 'OPERATE' | 'DIRECT_OPERATE',
  command: RelayCommand,
  status = 'Success',
): Exchange {
  return {
    messages: ask(outstation, REQUEST + RELAY_COMMAND_BYTES, RESPONSE + RELAY_COMMAND_BYTES),
    rows: (line, { times: [asked = 0, answered = 0] }) => [
      controlRow(line, asked, functionCode, command),
      transactionRow(line, answered, functionCode, 'RESPONSE', IIN.none),
      controlRow(line, answered, 'RESPONSE', command, status),
    ],
  };
}

/**
 * What an outstation sends by itself, and the master's CONFIRM. Nothing is logged of the CONFIRM now: it stands as
 * the request of the next answer, unless a request comes before that.
 *
 * @param afterConfirm nothing was asked since the CONFIRM of the one before
 */
export function unsolicited(
  events: Events | undefined,
  { afterConfirm, iin }: { readonly afterConfirm: boolean; readonly iin: number },
): Exchange {
  const bytes = RESPONSE + (events === undefined ? 0 : eventBytes(events.object, events.count));
  return {
    messages: [{ from: 'server', bytes: wireBytes(bytes), after: 0 }, confirm()],
    rows: (line, { times: [sent = 0] }): readonly SimulatedRow[] => [
      transactionRow(line, sent, afterConfirm ? 'CONFIRM' : undefined, 'UNSOLICITED_RESPONSE', iin),
    ],
  };
}

function ask({ answersWithin }: Outstation, request: number, response: number): readonly Message[] {
  return [
    { from: 'client', bytes: wireBytes(request), after: 0 },
    { from: 'server', bytes: wireBytes(response), after: answersWithin },
  ];
}

function confirm(): Message {
  return { from: 'client', bytes: wireBytes(REQUEST), after: CONFIRMS_WITHIN };
}
