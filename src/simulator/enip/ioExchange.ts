import { type KeptOpen, keptOpen } from '../activities/keptOpen.js';
import type { Activity, Recording, Step, Thinning } from '../activity.js';
import type { Conversation, Exchange } from '../conversations/conversation.js';
import { conversation } from '../conversations/conversation.js';
import { runConversation } from '../conversations/runConversation.js';
import { chance, childKey, generator, integer, type Key } from '../random.js';
import { cyclesUntil } from '../session.js';
import { recordedStretches } from '../thinning.js';
import { DAY, HOUR, MILLISECOND, MINUTE, SECOND } from '../time.js';
import { ENIP_PORT } from './clientPolling.js';
import type { Controller, IoAdapter } from './controller.js';
import { IO_OVERHEAD } from './encapsulation.js';
import { forwardOpen, registerSession } from './exchanges.js';
import { ioRow } from './rows.js';

/** Implicit messages: IANA's EtherNet-IP-1. */
export const IO_PORT = 2_222;
/** The first datagram follows the opening by so much, microseconds. */
const BEGINS_AFTER = 60 * MILLISECOND;

/** The TCP connection over which a controller opens its I/O with an adapter; it stays as long as the I/O does. */
export function ioOpening(controller: Controller, adapter: IoAdapter): Activity {
  return {
    name: `${controller.name}>${adapter.name}:${ENIP_PORT}`,
    steps: (recording) =>
      keptOpen(life(controller, adapter), recording, (plan): Iterable<Step> => {
        const script = [registerSession(adapter), forwardOpen(adapter)].map((exchange, i) => ({
          at: plan.opensAt + (3 + i * 20) * MILLISECOND,
          exchange,
        }));
        return runConversation(
          conversation({
            ...plan,
            client: controller,
            server: adapter,
            serverPort: ENIP_PORT,
            transport: 'tcp',
            service: 'enip',
            cycles: undefined,
            script: plan.midstream ? [] : script,
            stretches: () => ({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }),
            recordedUntil: 0,
            recordAround: false,
          }),
          recording,
        );
      }),
  };
}

/** The datagrams themselves: one each way in each cycle, on UDP 2222. */
export function ioExchange(controller: Controller, adapter: IoAdapter): Activity {
  return {
    name: `${controller.name}>${adapter.name}:${IO_PORT}`,
    steps: (recording: Recording) =>
      keptOpen({ ...life(controller, adapter), withoutAttempts: true }, recording, (plan) =>
        runConversation(flow(controller, adapter, recording.thinning, plan), recording),
      ),
  };
}

/** I/O is never renewed; it breaks down about once in a fortnight. */
function life(controller: Controller, adapter: IoAdapter): KeptOpen {
  return {
    key: childKey(adapter.key, 'io'),
    client: controller,
    server: adapter,
    serverPort: ENIP_PORT,
    period: adapter.interval,
    renewedAt: [],
    breaksEvery: 14 * DAY,
    leastOutage: MINUTE + SECOND,
  };
}

type Plan = Parameters<Parameters<typeof keptOpen>[2]>[0];

function flow(controller: Controller, adapter: IoAdapter, thinning: Thinning, plan: Plan): Conversation {
  const firstAt = plan.opensAt + BEGINS_AFTER;
  const period = adapter.interval;
  const count = cyclesUntil(firstAt, plan.endsAt, period, 0);
  return conversation({
    ...plan,
    key: childKey(plan.key, 'datagrams'),
    client: controller,
    server: adapter,
    serverPort: IO_PORT,
    transport: 'udp',
    service: 'cip',
    opensAt: firstAt - Math.min(firstAt, Math.round(period / 5)),
    cycles: {
      period,
      firstAt,
      count,
      jitter: Math.min(0.2 * MILLISECOND, period / 20),
      usual: [datagrams(plan.key, adapter)],
      odd: [],
    },
    script: [],
    stretches: recordedStretches(thinning, childKey(adapter.key, 'stretches'), period),
    recordedUntil: 0,
    recordAround: false,
  });
}

function datagrams(key: Key, { key: device, consumes, produces }: IoAdapter): Exchange {
  const random = generator(childKey(key, 'connection ids'));
  const sides = [consumes, produces].map((length, i) => ({
    id: `0x${integer(random, 0x00010000, 0x7fffffff).toString(16).padStart(8, '0')}`,
    image: ioImage(childKey(device, 'image', i), length),
  }));
  return {
    messages: [
      { from: 'client', bytes: IO_OVERHEAD + consumes, after: 0 },
      { from: 'server', bytes: IO_OVERHEAD + produces, after: 700 },
    ],
    rows: (line, { times, serial, idOf }) =>
      sides.map(({ id, image }, i) => {
        const at = times[i] ?? 0;
        const packet = { at, isOrig: i === 0, correlation: idOf(i) };
        return ioRow(line, packet, id, serial, ioData(image, serial, at));
      }),
  };
}

/** A byte of I/O: its level, and whether it follows the process. */
interface ImageByte {
  readonly level: number;
  readonly moves: boolean;
}

/** One byte in five moves; the others stay put. The sequence count comes before them. */
function ioImage(key: Key, length: number): readonly ImageByte[] {
  const random = generator(key);
  return Array.from({ length: length - 2 }, () => ({
    level: integer(random, 0, 255),
    moves: chance(random, 0.2),
  }));
}

function ioData(image: readonly ImageByte[], serial: number, at: number): string {
  const bytes = image.map(({ level, moves }, i) =>
    moves ? (level + Math.round(8 * Math.sin((2 * Math.PI * at) / HOUR + i)) + 256) % 256 : level,
  );
  return Buffer.from([serial & 0xff, (serial >> 8) & 0xff, ...bytes]).toString('hex');
}
