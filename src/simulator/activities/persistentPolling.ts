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
import { presences } from './presences.js';

/** From one moment to another the master polls at another period; the change is a reconnect with a new configuration. */
export interface PeriodChange extends Span {
  readonly factor: number;
  /** Recorded as thinly as everything else; otherwise whole. */
  readonly thinned?: boolean;
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
  /** In order, none of which overlap. */
  readonly changes?: readonly PeriodChange[];
  /** When it polls, within a span, or when it doesn't: always by default. */
  readonly present?: (span: Span) => readonly Span[];
  readonly absent?: (span: Span) => readonly Span[];
  /** When each read of a cycle is due; drawn from the key by default. */
  readonly offsets?: readonly number[];
  /** All reads of a cycle go out at once. */
  readonly pipelined?: boolean;
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
  for (const { key, since, until } of presences(relation, recording)) {
    const life = { ...relation, key, since, until, serverPort: 502 };
    yield* keptOpen(life, recording, (plan) => {
      const planned = connection(relation, recording.thinning, plan);
      relation.onSession?.(planned.uid);
      changeAt(relation, plan.opensAt)?.onSession(planned.uid);
      return runSession(planned, recording);
    });
  }
}

function connection(relation: PollingRelation, thinning: Thinning, plan: ConnectionPlan): Session {
  const { key, opensAt, endsAt } = plan;
  const { client, server, reads, pipelined } = relation;
  const change = changeAt(relation, opensAt);
  const period = relation.period * (change?.factor ?? 1);
  const offsets = offsetsOf(relation);
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
      pipelined,
    },
    script: beside(relation, { from: opensAt, to: endsAt }, firstAt, period),
    endsAt,
    ending: plan.ending,
    stretches: recordedStretches(thinning, childKey(relation.key, 'stretches'), relation.period),
    // The first cycles after a breakdown, and of a client that comes and goes, always are, lest they be thinned away; so is
    // a change.
    recordedUntil: Math.max(
      plan.restored || relation.present !== undefined ? opensAt + 8 * relation.period : 0,
      relation.recordedUntil ?? 0,
      change !== undefined && change.thinned !== true ? change.to : 0,
    ),
  });
}

function changeAt({ changes = [] }: PollingRelation, opensAt: number): PeriodChange | undefined {
  return changes.find(({ from, to }) => opensAt >= from && opensAt < to);
}

/** Between two reads that don't wait for each other, microseconds. */
const PIPELINED_STEP = 200;

function offsetsOf({ key, reads, server, offsets, pipelined }: PollingRelation): readonly number[] {
  if (pipelined === true) return reads.map((_, i) => i * PIPELINED_STEP);
  return offsets ?? burstOffsets(childKey(key, 'burst'), reads, server);
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
