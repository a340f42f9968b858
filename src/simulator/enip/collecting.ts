import type { Activity } from '../activity.js';
import { HISTORIAN_PERIOD } from '../buildPlc.js';
import { runConversation } from '../conversations/runConversation.js';
import { scriptedConversation } from '../conversations/scriptedConversation.js';
import type { Host } from '../host.js';
import { upAgain } from '../plcRestarts.js';
import { between, chance, childKey, gaussian, generator } from '../random.js';
import { recordedStretches } from '../thinning.js';
import { MILLISECOND, SECOND } from '../time.js';
import { ENIP_PORT } from './clientPolling.js';
import type { Controller } from './controller.js';
import { cipExchange, registerSession, unregisterSession } from './exchanges.js';

/** A task scheduler keeps time less well than a driver's cycle: 30 ms. */
const JITTER = 30 * MILLISECOND;
const MISSED = 7e-4;

/** The historian opens a session for each poll, reads its tags one by one, and leaves. */
export function collecting(client: Host, server: Controller): Activity {
  const key = childKey(server.key, 'historian');
  return {
    name: `${client.name}>${server.name}`,
    *steps(recording) {
      const phase = Math.round(between(generator(childKey(key, 'phase')), 0, 10) * SECOND);
      const stretches = recordedStretches(recording.thinning, childKey(key, 'stretches'), HISTORIAN_PERIOD);
      const placeOf = (n: number) => n * HISTORIAN_PERIOD + phase;
      for (let n = Math.ceil((recording.from - phase) / HISTORIAN_PERIOD); ; n++) {
        const stretch = stretches(placeOf(n));
        if (placeOf(n) < stretch.from) n = Math.ceil((stretch.from - phase) / HISTORIAN_PERIOD);
        if (placeOf(n) >= recording.to) return;
        const poll = childKey(key, 'poll', n);
        const random = generator(poll);
        const missed = chance(random, MISSED);
        const opensAt = Math.max(recording.from, placeOf(n) + Math.round(JITTER * gaussian(random)));
        if (missed || upAgain(server, opensAt) > opensAt) continue;
        const exchanges = [
          registerSession(server),
          ...Array.from({ length: server.historianTags }, () =>
            cipExchange(server, 'unconnected', { service: 'Read Data', sends: 2, receives: 6 }),
          ),
          unregisterSession(),
        ];
        const step = 5 * server.answersWithin + 2 * MILLISECOND;
        const script = exchanges.map((exchange, i) => ({
          at: opensAt + 3 * MILLISECOND + i * step,
          exchange,
        }));
        yield* runConversation(
          {
            ...scriptedConversation({
              key: poll,
              client,
              server,
              serverPort: ENIP_PORT,
              service: 'enip',
              script,
            }),
            endsAt: opensAt + exchanges.length * step + 8 * MILLISECOND,
          },
          recording,
        );
      }
    },
  };
}
