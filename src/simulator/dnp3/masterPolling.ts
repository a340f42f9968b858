import { type ConnectionPlan, keptOpen } from '../activities/keptOpen.js';
import { operatorMoments } from '../activities/operatorMoments.js';
import type { Activity, Thinning } from '../activity.js';
import { besideCycles, type Wish } from '../conversations/beside.js';
import {
  type Conversation,
  conversation,
  type Exchange,
  type ScriptedExchange,
} from '../conversations/conversation.js';
import { runConversation } from '../conversations/runConversation.js';
import type { Host } from '../host.js';
import { between, childKey, generator, type Key, pick } from '../random.js';
import { cyclesUntil } from '../session.js';
import { recordedStretches } from '../thinning.js';
import { DAY, HOUR, MILLISECOND, SECOND, type Span } from '../time.js';
import { type EventReport, eventReports, oddCycles } from './eventReports.js';
import { IIN, plainRequest, readClasses, relayCommand, unsolicited } from './exchanges.js';
import type { Outstation } from './outstation.js';

export const DNP3_PORT = 20_000;
/** As Zeek names it on TCP. */
export const DNP3_SERVICE = 'dnp3_tcp';

/** A master that keeps a connection to one outstation open. */
export interface MasterRelation {
  readonly name: string;
  readonly key: Key;
  readonly client: Host;
  readonly server: Outstation;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly onSession?: ((uid: string) => void) | undefined;
}

/** The connection is renewed each night and breaks down about once in four days. */
const LIFE = { serverPort: DNP3_PORT, renewedAt: [3], breaksEvery: 4 * DAY };
/** An outstation's clock is set every six hours. */
const SYNC_PERIOD = 6 * HOUR;
/** Object 50 variation 1 with its header: the time that is written. */
const TIME_BYTES = 4 + 6;

export function masterPolling(relation: MasterRelation): Activity {
  return {
    name: relation.name,
    steps: (recording) =>
      keptOpen({ ...relation, ...LIFE, period: relation.server.pollPeriod }, recording, (plan) => {
        const planned = connection(relation, recording.thinning, plan);
        relation.onSession?.(planned.uid);
        return runConversation(planned, recording);
      }),
  };
}

function connection(relation: MasterRelation, thinning: Thinning, plan: ConnectionPlan): Conversation {
  const { client, server } = relation;
  const { key, opensAt, endsAt, midstream, restored } = plan;
  const opening = midstream ? [] : startUp(server, opensAt, restored);
  const started = (opening.at(-1)?.at ?? opensAt) + 4 * server.answersWithin;
  const phase = between(generator(childKey(key, 'phase')), 0.01, 0.5) * SECOND;
  const firstAt = Math.round(started + phase);
  const period = server.pollPeriod;
  const count = cyclesUntil(firstAt, endsAt, period, SECOND / 2);
  const span = { from: opensAt, to: endsAt };
  const events = eventReports(server, span);
  const told = reports(server, events);
  const script = besideCycles(
    [...told.keys(), ...operatorActs(relation, span), ...clockSettings(relation, span)],
    { firstAt, period },
    { from: firstAt + period, to: firstAt + (count - 1) * period },
  );
  const reported = new Map([...told].flatMap(([wish, event]) => wish.exchanges.map((e) => [e, event])));
  return conversation({
    key,
    client,
    server,
    serverPort: DNP3_PORT,
    transport: 'tcp',
    service: DNP3_SERVICE,
    opensAt,
    midstream,
    cycles: {
      period,
      firstAt,
      count,
      jitter: 3 * MILLISECOND,
      usual: [readClasses(server, [1, 2, 3])],
      odd: oddCycles(key, server, { firstAt, count }, server.unsolicited ? [] : events),
    },
    script: [...opening, ...confirmed(script, reported, { firstAt, period })],
    endsAt,
    ending: plan.ending,
    stretches: recordedStretches(thinning, childKey(relation.key, 'stretches'), period),
    // The first cycles after a start-up always are recorded: it shares a sequence with them.
    recordedUntil: firstAt + (restored ? 8 : 2) * period,
    recordAround: false,
  });
}

/** What a master does first: silence the outstation, read everything, set the clock, let it speak again. */
function startUp(server: Outstation, opensAt: number, restored: boolean): readonly ScriptedExchange[] {
  const iin = restored ? IIN.needTime : IIN.none;
  const exchanges = [
    ...(server.unsolicited ? [unsolicited(undefined, { afterConfirm: false, iin })] : []),
    plainRequest(server, 'DISABLE_UNSOLICITED', 9, iin),
    readClasses(server, [1, 2, 3, 0]),
    plainRequest(server, 'DELAY_MEASURE', 0, iin),
    plainRequest(server, 'WRITE', TIME_BYTES),
    ...(server.unsolicited ? [plainRequest(server, 'ENABLE_UNSOLICITED', 9)] : []),
  ];
  const step = 5 * server.answersWithin + 20 * MILLISECOND;
  return exchanges.map((exchange, i) => ({ at: opensAt + 5 * MILLISECOND + i * step, exchange }));
}

/** Reports of events, each with what it reports. */
function reports(server: Outstation, events: readonly EventReport[]): ReadonlyMap<Wish, EventReport> {
  if (!server.unsolicited) return new Map();
  return new Map(
    events.map((event) => [
      {
        at: event.at,
        exchanges: [unsolicited(event, { afterConfirm: false, iin: IIN.class1Events })],
        step: SECOND / 10,
      },
      event,
    ]),
  );
}

/** An operator's SELECT and OPERATE, or DIRECT_OPERATE where the outstation is set up for it. */
function operatorActs({ server }: MasterRelation, span: Span): readonly Wish[] {
  const [first, ...others] = server.commands;
  return operatorMoments(server.key, span, (random) => pick(random, [first, ...others])).map(
    ({ at, act }) => ({
      at,
      exchanges: server.direct
        ? [relayCommand(server, 'DIRECT_OPERATE', act)]
        : [relayCommand(server, 'SELECT', act), relayCommand(server, 'OPERATE', act)],
      step: 5 * server.answersWithin + 30 * MILLISECOND,
    }),
  );
}

function clockSettings({ server }: MasterRelation, span: Span): readonly Wish[] {
  const phase = Math.round(between(generator(childKey(server.key, 'sync')), 0, SYNC_PERIOD));
  const wishes: Wish[] = [];
  for (let n = Math.ceil((span.from - phase) / SYNC_PERIOD); n * SYNC_PERIOD + phase < span.to; n++)
    wishes.push({
      at: n * SYNC_PERIOD + phase,
      exchanges: [plainRequest(server, 'DELAY_MEASURE'), plainRequest(server, 'WRITE', TIME_BYTES)],
      step: 5 * server.answersWithin + 30 * MILLISECOND,
    });
  return wishes;
}

/** Where nothing was asked between two reports, the master's CONFIRM of the first shows with the second. */
function confirmed(
  script: readonly ScriptedExchange[],
  reported: ReadonlyMap<Exchange, EventReport>,
  { firstAt, period }: { readonly firstAt: number; readonly period: number },
): readonly ScriptedExchange[] {
  const cycleOf = (entry: ScriptedExchange) => Math.floor((entry.at - firstAt) / period);
  return script.map((entry, i) => {
    const event = reported.get(entry.exchange);
    const before = script[i - 1];
    if (event === undefined || before === undefined || !reported.has(before.exchange)) return entry;
    if (cycleOf(before) !== cycleOf(entry)) return entry;
    return { ...entry, exchange: unsolicited(event, { afterConfirm: true, iin: IIN.class1Events }) };
  });
}
