import { officeHours } from '../activities/officeHours.js';
import { weeklyTurns } from '../activities/weeklyTurns.js';
import type { Activity, Recording, Step } from '../activity.js';
import { conversation, type ScriptedExchange } from '../conversations/conversation.js';
import { runConversation } from '../conversations/runConversation.js';
import type { Host } from '../host.js';
import type { MaintenanceWindow } from '../plant.js';
import { childKey, generator, integer, type Key } from '../random.js';
import { cyclesUntil } from '../session.js';
import { recordedStretches } from '../thinning.js';
import { MILLISECOND, MINUTE, SECOND, type Span } from '../time.js';
import type { CipRequest } from './cipServices.js';
import { ENIP_PORT, openSession } from './clientPolling.js';
import type { Controller } from './controller.js';
import { cipExchange, listIdentity } from './exchanges.js';

/** The engineering tool's online view is refreshed each half second, as in ICSNPP's example capture. */
const REFRESH = 500 * MILLISECOND;
/** The wall clock of a Logix controller, which ICSNPP doesn't name. */
const WALL_CLOCK = { classId: '0x8b', instanceId: '0x01' };

/** What the online view asks each time: status, programs, forces, faults, all in one packet. */
const ONLINE: CipRequest = {
  service: 'Multiple Service Packet',
  path: { classId: '0x02', instanceId: '0x01' },
  parts: [
    ['0x01', '0x01'],
    ['0x69', '0x00'],
    ['0x73', '0x01'],
    ['0xac', '0x01'],
    ['0x68', '0x2420'],
    ['0x8e', '0x01'],
  ].map(([classId = '', instanceId = '']) => ({
    service: 'Get Attribute List',
    path: { classId, instanceId },
    sends: 4,
    receives: 10,
  })),
};

/** The engineering workstation at one controller: in working hours, and in the weekly maintenance. */
export function engineeringOnline(
  client: Host,
  window: MaintenanceWindow,
  controllers: readonly Controller[],
  index: number,
): readonly Activity[] {
  const server = controllers[index] as Controller;
  const key = childKey(server.key, 'engineering');
  return [
    {
      name: `engineering>${server.name}`,
      *steps(recording) {
        for (const { key: own, span, changes } of officeHours(key, recording))
          yield* online(own, client, server, span, changes ? [writeTag()] : [], recording);
      },
    },
    {
      name: `maintenance>${server.name}`,
      *steps(recording) {
        for (const { at, number } of weeklyTurns(window, controllers.length, index, recording)) {
          const own = childKey(server.key, 'maintenance', number);
          const lasts = Math.min(window.lasts / controllers.length, 10 * MINUTE) * 0.8;
          const work = [setClock(), writeTag(), writeTag()];
          yield* online(own, client, server, { from: at, to: at + Math.round(lasts) }, work, recording);
        }
      },
    },
  ];
}

/** Find the controller, open a session, watch it online, and change a little in the meantime. */
export function online(
  key: Key,
  client: Host,
  server: Controller,
  span: Span,
  changes: readonly CipRequest[],
  recording: Recording,
): Iterable<Step> {
  const random = generator(childKey(key, 'sitting'));
  const opening = beginOnline(server, span.from);
  const firstAt = (opening.at(-1)?.at ?? span.from) + SECOND;
  const count = cyclesUntil(firstAt, span.to, REFRESH, 0);
  const moments = changes
    .map(() => integer(random, 2, Math.max(2, count - 2)))
    .sort((a, b) => a - b)
    .map((cycle, i) => cycle + i);
  const script = changes.map((request, i) => ({
    at: firstAt + (moments[i] ?? 0) * REFRESH + REFRESH / 2,
    exchange: cipExchange(server, 'connected', request),
  }));
  return runConversation(
    conversation({
      key,
      client,
      server,
      serverPort: ENIP_PORT,
      transport: 'tcp',
      service: 'enip',
      opensAt: span.from,
      midstream: false,
      cycles: {
        period: REFRESH,
        firstAt,
        count,
        jitter: 5 * MILLISECOND,
        usual: [cipExchange(server, 'connected', ONLINE)],
        odd: [],
      },
      script: [...opening, ...script],
      endsAt: Math.max(span.to, (script.at(-1)?.at ?? 0) + SECOND),
      ending: 'client-closes',
      stretches: recordedStretches(recording.thinning, childKey(key, 'stretches'), REFRESH),
      recordedUntil: firstAt + 8 * REFRESH,
      recordAround: true,
    }),
    recording,
  );
}

/** How the engineering tool begins: who is there, a session, a connection. */
export function beginOnline(server: Controller, opensAt: number): readonly ScriptedExchange[] {
  const step = 5 * server.answersWithin + 5 * MILLISECOND;
  return [
    { at: opensAt + 3 * MILLISECOND, exchange: listIdentity(server) },
    ...openSession(server, opensAt + step + 5 * MILLISECOND),
  ];
}

function writeTag(): CipRequest {
  return { service: 'Write Data', sends: 8 };
}

function setClock(): CipRequest {
  return { service: 'Set Attribute List', path: WALL_CLOCK, sends: 14, receives: 6 };
}
