import type { SimulatedRow, Step } from './activity.js';
import { attemptRow } from './attemptRow.js';
import type { Host } from './host.js';
import { between, childKey, generator, integer, type Key, uniform } from './random.js';
import type { Ending } from './session.js';
import { MILLISECOND, SECOND } from './time.js';
import { zeekUid } from './uid.js';

/** A lost connection comes back after 15 to 214 s in real captures; shorter gaps are commoner than long ones. */
export function outage(key: Key): number {
  const random = generator(key);
  return Math.round(15 * (214 / 15) ** uniform(random) * SECOND);
}

/** What else ends a connection that nobody meant to end, as often as not: the line is cut, the master restarts. */
export function breakdown(key: Key): Ending {
  return uniform(generator(key)) < 0.6 ? 'falls-silent' : 'client-resets';
}

/**
 * The master's attempts while the PLC is away: refused by one that restarts (each 4 s, as in a real
 * log of a PLC that came up), unanswered on a cut line (three SYNs, then a pause that doubles).
 */
export function* attempts(
  key: Key,
  client: Host,
  server: Host,
  ending: Ending,
  from: number,
  to: number,
  serverPort = 502,
): Generator<Step, void, undefined> {
  if (ending !== 'server-resets' && ending !== 'falls-silent') return;
  const refused = ending === 'server-resets';
  let pause = 4 * SECOND;
  let at = from + Math.round(between(generator(key), 0.5, 1.5) * SECOND);
  for (let n = 0; at < to - 4 * SECOND; n++) {
    const random = generator(childKey(key, 'attempt'), n);
    const row: SimulatedRow = attemptRow({
      at,
      uid: zeekUid(random),
      client: client.address,
      clientPort: integer(random, 49_152, 65_535),
      stack: client.stack,
      server: server.address,
      serverPort,
      answer: refused ? 'refused' : 'none',
      answersAfter: integer(random, 300, 900),
      syns: 3,
    });
    yield { at, rows: [row] };
    at += pause + integer(random, 1, 9) * MILLISECOND;
    // SYNs after 0, 1 and 3 s; the stack gives up after 7, and only then does the pause begin.
    if (!refused) {
      at += 7 * SECOND;
      pause *= 2;
    }
  }
}
