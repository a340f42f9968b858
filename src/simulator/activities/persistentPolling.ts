import type { Activity, Recording, Step, Thinning } from '../activity.js';
import type { Host, Plc } from '../host.js';
import type { ModbusRequest } from '../modbusPdu.js';
import { nextRestart, upAgain } from '../plcRestarts.js';
import { burstOffsets, gridJitter } from '../polling.js';
import { between, childKey, exponential, generator, type Key } from '../random.js';
import { attempts, breakdown, outage } from '../reconnect.js';
import { runSession } from '../runSession.js';
import { cyclesUntil, type Ending, type ScriptedRequest, type Session, session } from '../session.js';
import { recordedStretches } from '../thinning.js';
import { DAY, HOUR, MINUTE, SECOND, type Span, startOfDay } from '../time.js';

/** From one moment to another the master polls at another period; the change is a reconnect with a new configuration. */
export interface PeriodChange extends Span {
  readonly factor: number;
  /** Told of each connection that runs at the changed period. */
  readonly onSession: (uid: string) => void;
}

/** One master that keeps a connection to one PLC open and polls it. Times in microseconds. */
export interface PollingRelation {
  readonly name: string;
  readonly key: Key;
  readonly client: Host;
  readonly server: Plc;
  readonly reads: readonly ModbusRequest[];
  readonly period: number;
  /** Hours of the day at which the connection is renewed: a change of shift, a nightly restart. */
  readonly renewedAt: readonly number[];
  /** Mean time between breakdowns of the connection that are not the PLC's restarts. */
  readonly breaksEvery: number;
  /** Requests beside the polling in a span, in order; none by default. */
  readonly writes?: (span: Span) => readonly ScriptedRequest[];
  readonly change?: PeriodChange;
  /** The relation exists from here on; before the recording's start by default. */
  readonly since?: number;
  /** All that is polled before this is recorded, whatever the thinning. */
  readonly recordedUntil?: number;
  readonly onSession?: (uid: string) => void;
}

export function persistentPolling(relation: PollingRelation): Activity {
  return { name: relation.name, steps: (recording) => connections(relation, recording) };
}

/** One connection after the other: renewed on schedule, broken by chance, restored after an outage. */
function* connections(relation: PollingRelation, recording: Recording): Generator<Step, void, undefined> {
  const { key, client, server } = relation;
  let opensAt = relation.since ?? firstSeen(relation, recording);
  let restored = false;
  for (let n = 0; opensAt < recording.to; n++) {
    const own = childKey(key, 'connection', n);
    const end = plannedEnd(relation, own, opensAt);
    const planned = connection(relation, recording.thinning, {
      key: own,
      opensAt,
      endsAt: end.at,
      ending: end.ending,
      midstream: n === 0 && relation.since === undefined,
      restored,
    });
    relation.onSession?.(planned.uid);
    if (isChanged(relation, opensAt)) relation.change?.onSession(planned.uid);
    yield* runSession(planned, recording);
    yield* attempts(childKey(own, 'attempts'), client, server, end.ending, end.at, end.backAt);
    opensAt = upAgain(server, end.backAt);
    restored = end.ending !== 'client-closes';
  }
}

/** A connection that is open already shows with its next poll. */
function firstSeen({ key, period }: PollingRelation, { from }: Recording): number {
  return from + Math.round(between(generator(childKey(key, 'first seen')), 0, period));
}

interface ConnectionPlan {
  readonly key: Key;
  readonly opensAt: number;
  readonly endsAt: number;
  readonly ending: Ending;
  readonly midstream: boolean;
  /** The connection before it broke down. */
  readonly restored: boolean;
}

function connection(relation: PollingRelation, thinning: Thinning, plan: ConnectionPlan): Session {
  const { key, opensAt, endsAt } = plan;
  const { client, server, reads, change } = relation;
  const period = relation.period * (isChanged(relation, opensAt) ? (change?.factor ?? 1) : 1);
  const offsets = burstOffsets(childKey(relation.key, 'burst'), reads, server);
  const firstAt = opensAt + Math.round(between(generator(childKey(key, 'phase')), 0.01, 0.5) * SECOND);
  const cycles = cyclesUntil(firstAt, endsAt, period, offsets.at(-1) ?? 0);
  return session({
    key,
    client,
    server,
    opensAt,
    midstream: plan.midstream,
    polling: {
      reads,
      offsets,
      period,
      firstAt,
      cycles,
      jitter: gridJitter(childKey(relation.key, 'jitter')),
    },
    script: beside(relation, { from: opensAt, to: endsAt }, firstAt, period),
    endsAt,
    ending: plan.ending,
    stretches: recordedStretches(thinning, childKey(relation.key, 'stretches'), relation.period),
    // The first cycles after a breakdown always are, lest reconnects be thinned away; so is a change.
    recordedUntil: Math.max(
      plan.restored ? opensAt + 8 * relation.period : 0,
      relation.recordedUntil ?? 0,
      change !== undefined && isChanged(relation, opensAt) ? change.to : 0,
    ),
  });
}

function isChanged({ change }: PollingRelation, opensAt: number): boolean {
  return change !== undefined && opensAt >= change.from && opensAt < change.to;
}

/** A client answers one matter after the other: what an operator does goes out between two bursts. */
function beside(
  { writes }: PollingRelation,
  span: Span,
  firstAt: number,
  period: number,
): readonly ScriptedRequest[] {
  if (writes === undefined) return [];
  const room = { from: firstAt + period, to: span.to - 5 * SECOND };
  let last = 0;
  return writes(room).map((write) => {
    const cycle = Math.floor((write.at - firstAt) / period);
    const phase = (write.at - firstAt) / period - cycle;
    const at = Math.max(Math.round(firstAt + (cycle + 0.4 + 0.3 * phase) * period), last + SECOND / 10);
    last = at;
    return { ...write, at };
  });
}

interface PlannedEnd {
  readonly at: number;
  readonly ending: Ending;
  /** When the client has its next connection. */
  readonly backAt: number;
}

/** The first of: the PLC's restart, a breakdown of this connection, its renewal, a change of the period. */
function plannedEnd(relation: PollingRelation, own: Key, opensAt: number): PlannedEnd {
  const { key, server, renewedAt, breaksEvery, change } = relation;
  const random = generator(childKey(own, 'end'));
  const restart = nextRestart(server, opensAt);
  const breaks = opensAt + Math.round(Math.max(MINUTE, exponential(random, breaksEvery)));
  const changes = [change?.from, change?.to].filter((at): at is number => at !== undefined && at > opensAt);
  const planned = Math.min(nextRenewal(key, renewedAt, opensAt + 10 * MINUTE), ...changes);
  if (restart.from < Math.min(breaks, planned)) {
    const noticed = Math.round(between(random, 0, 3) * SECOND);
    return { at: restart.from, ending: 'server-resets', backAt: restart.to + noticed };
  }
  if (breaks < planned)
    return {
      at: breaks,
      ending: breakdown(childKey(own, 'cause')),
      backAt: breaks + outage(childKey(own, 'outage')),
    };
  return {
    at: planned,
    ending: 'client-closes',
    backAt: planned + Math.round(between(random, 0.3, 3) * SECOND),
  };
}

/** Renewals come within a quarter of an hour of their hour, each relation at a time of its own. */
function nextRenewal(key: Key, hours: readonly number[], after: number): number {
  const times = [0, 1].flatMap((days) =>
    hours.map((hour) => {
      const at = startOfDay(after) + days * DAY + hour * HOUR;
      return (
        at + Math.round(between(generator(childKey(key, 'renewal'), Math.floor(at / HOUR)), 0, 15) * MINUTE)
      );
    }),
  );
  return Math.min(...times.filter((at) => at > after));
}
