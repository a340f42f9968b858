import { type ConnectionPlan, keptOpen } from '../activities/keptOpen.js';
import type { Activity, Thinning } from '../activity.js';
import { besideCycles, type Wish } from '../conversations/beside.js';
import {
  type Conversation,
  conversation,
  type Exchange,
  type OddCycle,
  type ScriptedExchange,
} from '../conversations/conversation.js';
import { runConversation } from '../conversations/runConversation.js';
import { drawFaults } from '../faults.js';
import type { Host } from '../host.js';
import { between, childKey, generator, type Key } from '../random.js';
import { cyclesUntil } from '../session.js';
import { recordedStretches } from '../thinning.js';
import { MILLISECOND, SECOND, type Span } from '../time.js';
import type { Controller } from './controller.js';
import { cipExchange, forwardOpen, registerSession } from './exchanges.js';

export const ENIP_PORT = 44_818;

/** A client that keeps a session with one controller open and asks the same again and again. */
export interface ClientRelation {
  readonly name: string;
  readonly key: Key;
  readonly client: Host;
  readonly server: Controller;
  readonly period: number;
  readonly usual: Exchange;
  /** Instead of the usual, each so many cycles. */
  readonly check?: { readonly every: number; readonly exchange: Exchange };
  readonly renewedAt: readonly number[];
  readonly breaksEvery: number;
  readonly writes?: (span: Span) => readonly Wish[];
}

export function clientPolling(relation: ClientRelation): Activity {
  return {
    name: relation.name,
    steps: (recording) =>
      keptOpen({ ...relation, serverPort: ENIP_PORT }, recording, (plan) =>
        runConversation(connection(relation, recording.thinning, plan), recording),
      ),
  };
}

function connection(relation: ClientRelation, thinning: Thinning, plan: ConnectionPlan): Conversation {
  const { client, server, period } = relation;
  const { key, opensAt, endsAt, midstream, restored } = plan;
  const opening = midstream ? [] : openSession(server, opensAt);
  const started = (opening.at(-1)?.at ?? opensAt) + 4 * server.answersWithin;
  const phase = between(generator(childKey(key, 'phase')), 0.01, 0.5) * SECOND;
  const firstAt = Math.round(started + phase);
  const count = cyclesUntil(firstAt, endsAt, period, SECOND / 4);
  const beside = besideCycles(
    relation.writes?.({ from: opensAt, to: endsAt }) ?? [],
    { firstAt, period },
    { from: firstAt + period, to: firstAt + (count - 1) * period },
  );
  return conversation({
    key,
    client,
    server,
    serverPort: ENIP_PORT,
    transport: 'tcp',
    service: 'enip',
    opensAt,
    midstream,
    cycles: {
      period,
      firstAt,
      count,
      jitter: 2 * MILLISECOND,
      usual: [relation.usual],
      odd: oddCycles(key, relation, count),
    },
    script: [...opening, ...beside],
    endsAt,
    ending: plan.ending,
    stretches: recordedStretches(thinning, childKey(relation.key, 'stretches'), period),
    recordedUntil: firstAt + (restored ? 8 : 2) * period,
    recordAround: true,
  });
}

/** Register a session, open a connection for messages, and see who answers. */
export function openSession(server: Controller, opensAt: number): readonly ScriptedExchange[] {
  const identity = { classId: '0x01', instanceId: '0x01' };
  const exchanges = [
    registerSession(server),
    cipExchange(server, 'unconnected', {
      service: 'Get Attributes All',
      path: identity,
      receives: 14 + server.identity.productName.length,
    }),
    forwardOpen(server),
  ];
  const step = 5 * server.answersWithin + 5 * MILLISECOND;
  return exchanges.map((exchange, i) => ({ at: opensAt + 3 * MILLISECOND + i * step, exchange }));
}

function oddCycles(key: Key, { check }: ClientRelation, count: number): readonly OddCycle[] {
  const odd = new Map<number, OddCycle>();
  for (const { request: index, kind } of drawFaults(key, count, 1))
    if (kind === 'missed' || kind === 'missed-cycle')
      odd.set(index, { index, exchanges: [], recorded: false });
  if (check !== undefined)
    for (let index = check.every; index < count; index += check.every)
      odd.set(index, { index, exchanges: [check.exchange], recorded: false });
  return [...odd.values()].sort((a, b) => a.index - b.index);
}
