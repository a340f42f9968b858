import type { Activity, Recording, Step } from '../activity.js';
import { attemptRow } from '../attemptRow.js';
import { HISTORIAN_PERIOD } from '../buildPlc.js';
import { drawFaults, LONGEST_RESEND } from '../faults.js';
import type { Host, Plc } from '../host.js';
import type { ModbusRequest } from '../modbusPdu.js';
import { upAgain } from '../plcRestarts.js';
import { between, chance, childKey, gaussian, generator, integer, type Key } from '../random.js';
import { runSession } from '../runSession.js';
import { session } from '../session.js';
import { recordedStretches } from '../thinning.js';
import { MILLISECOND, SECOND } from '../time.js';
import { zeekUid } from '../uid.js';

/** A collector that opens a connection for each poll and closes it again: one short conn row a poll. */
export interface PerPollRelation {
  readonly name: string;
  readonly key: Key;
  readonly client: Host;
  readonly server: Plc;
  readonly reads: readonly ModbusRequest[];
  /** What it reads at a time, where that changes, and who is told of the connection. */
  readonly change?: {
    readonly from: number;
    readonly to: number;
    /** Every poll of that time is recorded, whatever the thinning. */
    readonly whole?: boolean;
    readonly reads: (at: number) => readonly ModbusRequest[];
    readonly onSession: (uid: string) => void;
  };
}

/** A task scheduler keeps time less well than a driver's cycle: 30 ms. */
const JITTER = 30 * MILLISECOND;
/** A poll that doesn't come, as often as any other request that is missed. */
const MISSED = 7e-4;

/** Polls on a grid of one period, each PLC a little after the one before it. */
export function historianPolls(relation: PerPollRelation): Activity {
  return { name: relation.name, steps: (recording) => polls(relation, recording) };
}

function* polls(
  { key, client, server, reads, change }: PerPollRelation,
  recording: Recording,
): Generator<Step> {
  const phase = Math.round(between(generator(childKey(key, 'phase')), 0, 10) * SECOND);
  const stretches = recordedStretches(recording.thinning, childKey(key, 'stretches'), HISTORIAN_PERIOD);
  const placeOf = (n: number) => n * HISTORIAN_PERIOD + phase;
  for (let n = Math.ceil((recording.from - phase) / HISTORIAN_PERIOD); placeOf(n) < recording.to; n++) {
    const next = nextRecorded(placeOf(n), stretches(placeOf(n)).from, change);
    if (recording.counts !== true && placeOf(n) < next) n = Math.ceil((next - phase) / HISTORIAN_PERIOD);
    if (placeOf(n) >= recording.to) return;
    const poll = childKey(key, 'poll', n);
    const random = generator(poll);
    const missed = chance(random, MISSED);
    const opensAt = Math.max(recording.from, placeOf(n) + Math.round(JITTER * gaussian(random)));
    if (missed) continue;
    if (upAgain(server, opensAt) > opensAt) yield refused(poll, client, server, opensAt);
    else {
      const changed = change !== undefined && opensAt >= change.from && opensAt < change.to;
      const planned = onePoll(poll, client, server, changed ? change.reads(opensAt) : reads, opensAt);
      if (changed) change.onSession(planned.uid);
      yield* runSession(planned, recording);
    }
  }
}

/** When the next poll may be recorded: at once, with the next stretch, or with a change that is recorded whole. */
function nextRecorded(at: number, stretchFrom: number, change: PerPollRelation['change']): number {
  if (change?.whole !== true || at >= change.to) return stretchFrom;
  return Math.min(stretchFrom, Math.max(at, change.from));
}

function refused(key: Key, client: Host, server: Plc, at: number): Step {
  const random = generator(childKey(key, 'refused'));
  const row = attemptRow({
    at,
    uid: zeekUid(random),
    client: client.address,
    clientPort: integer(random, 32_768, 60_999),
    stack: client.stack,
    server: server.address,
    answer: 'refused',
    answersAfter: integer(random, 300, 900),
    syns: 1,
  });
  return { at, rows: [row] };
}

function onePoll(key: Key, client: Host, server: Plc, reads: readonly ModbusRequest[], opensAt: number) {
  const step = 2 * server.answersWithin + 2 * MILLISECOND;
  const closes = Math.round(between(generator(childKey(key, 'closes')), 5, 12) * MILLISECOND);
  // The client waits for an answer that a lost packet delays.
  const delays = drawFaults(key, 1, reads.length).filter(({ kind }) => kind.startsWith('lost')).length;
  return session({
    key,
    client,
    server,
    opensAt,
    midstream: false,
    polling: {
      reads,
      offsets: reads.map((_, i) => i * step),
      period: HISTORIAN_PERIOD,
      firstAt: opensAt + 2 * MILLISECOND,
      cycles: 1,
      jitter: 0,
    },
    script: [],
    endsAt: opensAt + reads.length * step + 6 * server.answersWithin + closes + delays * LONGEST_RESEND,
    ending: 'client-closes',
    stretches: () => ({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }),
    recordedUntil: 0,
  });
}
