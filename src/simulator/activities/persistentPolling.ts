import type { Activity, Recording, Step, Thinning } from '../activity.js';
import type { Host, Plc } from '../host.js';
import type { ModbusRequest } from '../modbusPdu.js';
import { burstOffsets, gridJitter } from '../polling.js';
import { between, childKey, generator, type Key } from '../random.js';
import { runSession } from '../runSession.js';
import { cyclesUntil, type ScriptedRequest, type Session, session } from '../session.js';
import { recordedStretches } from '../thinning.js';
import { SECOND, type Span } from '../time.js';
import { type ConnectionPlan, keptOpen } from './keptOpen.js';

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

function* connections(relation: PollingRelation, recording: Recording): Generator<Step, void, undefined> {
  yield* keptOpen({ ...relation, serverPort: 502 }, recording, (plan) => {
    const planned = connection(relation, recording.thinning, plan);
    relation.onSession?.(planned.uid);
    if (isChanged(relation, plan.opensAt)) relation.change?.onSession(planned.uid);
    return runSession(planned, recording);
  });
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
