import type { Activity, Recording, Step } from '../activity.js';
import { HISTORIAN_PERIOD } from '../buildPlc.js';
import type { Host, Plc } from '../host.js';
import type { ModbusRequest } from '../modbusPdu.js';
import { between, chance, childKey, gaussian, generator, type Key } from '../random.js';
import { runSession } from '../runSession.js';
import { session } from '../session.js';
import { recordedStretches } from '../thinning.js';
import { MILLISECOND, SECOND } from '../time.js';

/** A collector that opens a connection for each poll and closes it again: one short conn row a poll. */
export interface PerPollRelation {
  readonly name: string;
  readonly key: Key;
  readonly client: Host;
  readonly server: Plc;
  readonly reads: readonly ModbusRequest[];
}

/** A task scheduler keeps time less well than a driver's cycle: 30 ms. */
const JITTER = 30 * MILLISECOND;
/** A poll that doesn't come, as often as any other request that is missed. */
const MISSED = 7e-4;

/** Polls on a grid of one period, each PLC a little after the one before it. */
export function historianPolls(relation: PerPollRelation): Activity {
  return { name: relation.name, steps: (recording) => polls(relation, recording) };
}

function* polls({ key, client, server, reads }: PerPollRelation, recording: Recording): Generator<Step> {
  const phase = Math.round(between(generator(childKey(key, 'phase')), 0, 10) * SECOND);
  const stretches = recordedStretches(recording.thinning, childKey(key, 'stretches'), HISTORIAN_PERIOD);
  const placeOf = (n: number) => n * HISTORIAN_PERIOD + phase;
  for (let n = Math.ceil((recording.from - phase) / HISTORIAN_PERIOD); placeOf(n) < recording.to; n++) {
    const stretch = stretches(placeOf(n));
    if (placeOf(n) < stretch.from) n = Math.ceil((stretch.from - phase) / HISTORIAN_PERIOD);
    if (placeOf(n) >= recording.to) return;
    const poll = childKey(key, 'poll', n);
    const random = generator(poll);
    const missed = chance(random, MISSED);
    const opensAt = Math.max(recording.from, placeOf(n) + Math.round(JITTER * gaussian(random)));
    if (!missed) yield* runSession(onePoll(poll, client, server, reads, opensAt), recording);
  }
}

function onePoll(key: Key, client: Host, server: Plc, reads: readonly ModbusRequest[], opensAt: number) {
  const step = 2 * server.answersWithin + 2 * MILLISECOND;
  const lasts =
    reads.length * step + Math.round(between(generator(childKey(key, 'lasts')), 5, 12) * MILLISECOND);
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
      jitter: 100,
    },
    script: [],
    endsAt: opensAt + 2 * MILLISECOND + lasts + 4 * server.answersWithin,
    ending: 'client-closes',
    stretches: () => ({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }),
    recordedUntil: 0,
  });
}
