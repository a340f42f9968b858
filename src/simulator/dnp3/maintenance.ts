import { weeklyTurns } from '../activities/weeklyTurns.js';
import type { Activity } from '../activity.js';
import type { Exchange } from '../conversations/conversation.js';
import { runConversation } from '../conversations/runConversation.js';
import { scriptedConversation } from '../conversations/scriptedConversation.js';
import type { Host } from '../host.js';
import type { MaintenanceWindow } from '../plant.js';
import { childKey, generator, integer } from '../random.js';
import { SECOND } from '../time.js';
import { plainRequest, readClasses } from './exchanges.js';
import { DNP3_PORT, DNP3_SERVICE } from './masterPolling.js';
import type { Outstation } from './outstation.js';

/** An outstation's turn in the weekly maintenance: it is read, its classes are assigned anew, its clock is set. */
export function maintainOutstation(
  client: Host,
  window: MaintenanceWindow,
  outstations: readonly Outstation[],
  index: number,
): Activity {
  const server = outstations[index] as Outstation;
  return {
    name: `maintenance>${server.address}`,
    *steps(recording) {
      for (const { at, number } of weeklyTurns(window, outstations.length, index, recording)) {
        const key = childKey(server.key, 'maintenance', number);
        const random = generator(key);
        let now = at;
        const script = work(server).map((exchange) => {
          now += integer(random, 3 * SECOND, 20 * SECOND);
          return { at: now, exchange };
        });
        const planned = scriptedConversation({
          key,
          client,
          server,
          serverPort: DNP3_PORT,
          service: DNP3_SERVICE,
          script,
        });
        yield* runConversation(planned, recording);
      }
    },
  };
}

function work(server: Outstation): readonly Exchange[] {
  const everything = readClasses(server, [1, 2, 3, 0]);
  return [
    everything,
    everything,
    plainRequest(server, 'ASSIGN_CLASS', 12),
    everything,
    plainRequest(server, 'RECORD_CURRENT_TIME'),
    plainRequest(server, 'WRITE', 10),
    everything,
  ];
}
