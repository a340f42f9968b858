import type { Activity, Recording, Step } from '../activity.js';
import type { Host, Plc } from '../host.js';
import type { ModbusRequest } from '../modbusPdu.js';
import { burstOffsets, gridJitter } from '../polling.js';
import { between, childKey, exponential, generator, type Key } from '../random.js';
import { attempts, breakdown, outage } from '../reconnect.js';
import { runSession } from '../runSession.js';
import { cyclesUntil, type Ending, type ScriptedRequest, session } from '../session.js';
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
  /** Mean time between breakdowns of the connection. */
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
  const since = relation.since ?? recording.from;
  let opensAt = Math.max(since, recording.from);
  let ending: Ending | undefined;
  for (let n = 0; opensAt < recording.to; n++) {
    const own = childKey(key, 'connection', n);
    const end = plannedEnd(relation, own, opensAt);
    // What was recorded all through: the first cycles after a breakdown, lest reconnects be thinned away.
    const lately = ending === undefined || ending === 'client-closes' ? 0 : opensAt + 8 * relation.period;
    const first = n === 0 && relation.since === undefined;
    yield* connection(relation, own, { from: opensAt, to: end.at }, end.ending, first, lately, recording);
    ending = end.ending;
    const away = end.ending === 'client-closes' ? renewal(own) : outage(childKey(own, 'outage'));
    yield* attempts(childKey(own, 'attempts'), client, server, end.ending, end.at, end.at + away);
    opensAt = end.at + away;
  }
}

function* connection(
  relation: PollingRelation,
  key: Key,
  span: Span,
  ending: Ending,
  midstream: boolean,
  recordedUntil: number,
  recording: Recording,
): Generator<Step, void, undefined> {
  const { client, server, reads, change } = relation;
  const changed = change !== undefined && span.from >= change.from && span.from < change.to;
  const period = relation.period * (changed ? change.factor : 1);
  const offsets = burstOffsets(childKey(relation.key, 'burst'), reads, server);
  const firstAt = span.from + Math.round(between(generator(childKey(key, 'phase')), 0.01, 0.5) * SECOND);
  const planned = session({
    key,
    client,
    server,
    opensAt: span.from,
    midstream,
    polling: {
      reads,
      offsets,
      period,
      firstAt,
      cycles: cyclesUntil(firstAt, span.to, period, offsets.at(-1) ?? 0),
      jitter: gridJitter(childKey(relation.key, 'jitter')),
    },
    script: beside(relation, span, firstAt, period),
    endsAt: span.to,
    ending,
    stretches: recordedStretches(recording.thinning, childKey(relation.key, 'stretches'), relation.period),
    recordedUntil: Math.max(recordedUntil, relation.recordedUntil ?? 0, changed ? change.to : 0),
  });
  if (changed) change.onSession(planned.uid);
  relation.onSession?.(planned.uid);
  yield* runSession(planned, recording);
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
}

/** The first of: the next renewal, a breakdown, a change of the period. */
function plannedEnd(
  { key, renewedAt, breaksEvery, change }: PollingRelation,
  own: Key,
  opensAt: number,
): PlannedEnd {
  const renewed = nextRenewal(key, renewedAt, opensAt + 10 * MINUTE);
  const random = generator(childKey(own, 'breakdown'));
  const breaks = opensAt + Math.round(Math.max(10 * MINUTE, exponential(random, breaksEvery)));
  const changes = [change?.from, change?.to].filter(
    (at): at is number => at !== undefined && at > opensAt + SECOND,
  );
  const planned = Math.min(renewed, ...changes);
  if (breaks < planned) return { at: breaks, ending: breakdown(childKey(own, 'cause')) };
  return { at: planned, ending: 'client-closes' };
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

function renewal(key: Key): number {
  return Math.round(between(generator(childKey(key, 'renewal')), 0.3, 3) * SECOND);
}
