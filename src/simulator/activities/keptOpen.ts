import type { Recording, Step } from '../activity.js';
import type { Host } from '../host.js';
import { nextRestart, type Restarting, upAgain } from '../plcRestarts.js';
import { between, childKey, exponential, generator, type Key } from '../random.js';
import { attempts, breakdown, outage } from '../reconnect.js';
import type { Ending } from '../session.js';
import { DAY, HOUR, MINUTE, SECOND, type Span, startOfDay } from '../time.js';

/** A client that keeps one connection to one device open. Times in microseconds. */
export interface KeptOpen {
  readonly key: Key;
  readonly client: Host;
  readonly server: Host & Restarting;
  readonly serverPort: number;
  /** The client's cycle: a connection that was open before the recording shows within one. */
  readonly period: number;
  /** Hours of the day at which the connection is renewed: a change of shift, a nightly restart. */
  readonly renewedAt: readonly number[];
  /** Mean time between breakdowns of the connection that are not the device's restarts. */
  readonly breaksEvery: number;
  /** Reconnects with another configuration at its beginning and at its end. */
  readonly changes?: readonly Span[] | undefined;
  /** The relation exists from here on; before the recording's start by default. */
  readonly since?: number | undefined;
  /** The client lets go here: another takes over. */
  readonly until?: number | undefined;
  /** An outage lasts at least this long; Zeek takes a shorter pause of UDP for the same connection. */
  readonly leastOutage?: number | undefined;
  /** What is tried meanwhile is told elsewhere. */
  readonly withoutAttempts?: boolean | undefined;
}

export interface ConnectionPlan {
  readonly key: Key;
  readonly opensAt: number;
  readonly endsAt: number;
  readonly ending: Ending;
  readonly midstream: boolean;
  /** The connection before it broke down. */
  readonly restored: boolean;
}

/** One connection after the other: renewed on schedule, broken by chance, restored after an outage. */
export function* keptOpen(
  life: KeptOpen,
  recording: Recording,
  open: (plan: ConnectionPlan) => Iterable<Step>,
): Generator<Step, void, undefined> {
  const { key, client, server, serverPort, since } = life;
  let opensAt = since ?? firstSeen(life, recording);
  let restored = false;
  const last = Math.min(recording.to, life.until ?? Number.POSITIVE_INFINITY);
  for (let n = 0; opensAt < last; n++) {
    const own = childKey(key, 'connection', n);
    const end = plannedEnd(life, own, opensAt);
    const midstream = n === 0 && since === undefined;
    yield* open({ key: own, opensAt, endsAt: end.at, ending: end.ending, midstream, restored });
    const backAt = Math.max(end.backAt, end.at + (life.leastOutage ?? 0));
    if (life.withoutAttempts !== true)
      yield* attempts(
        childKey(own, 'attempts'),
        client,
        server,
        end.ending,
        end.at,
        Math.min(backAt, last),
        serverPort,
      );
    opensAt = upAgain(server, backAt);
    restored = end.ending !== 'client-closes';
  }
}

/** A connection that is open already shows with its next poll. */
function firstSeen({ key, period }: KeptOpen, { from }: Recording): number {
  return from + Math.round(between(generator(childKey(key, 'first seen')), 0, period));
}

interface PlannedEnd {
  readonly at: number;
  readonly ending: Ending;
  /** When the client has its next connection. */
  readonly backAt: number;
}

/** The first of: the device's restart, a breakdown of this connection, its renewal, a change of the period. */
function plannedEnd(life: KeptOpen, own: Key, opensAt: number): PlannedEnd {
  const { key, server, renewedAt, breaksEvery, changes = [], until } = life;
  const random = generator(childKey(own, 'end'));
  const restart = nextRestart(server, opensAt);
  const breaks = opensAt + Math.round(Math.max(MINUTE, exponential(random, breaksEvery)));
  const switches = [...changes.flatMap(({ from, to }) => [from, to]), until].filter(
    (at): at is number => at !== undefined && at > opensAt,
  );
  const planned = Math.min(nextRenewal(key, renewedAt, opensAt + 10 * MINUTE), ...switches);
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
