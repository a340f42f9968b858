import { operatorMoments } from '../activities/operatorMoments.js';
import type { Activity } from '../activity.js';
import type { Plant } from '../plant.js';
import { childKey, integer, type Key } from '../random.js';
import { DAY, MILLISECOND } from '../time.js';
import type { CipRequest } from './cipServices.js';
import { type ClientRelation, clientPolling } from './clientPolling.js';
import { collecting } from './collecting.js';
import { buildController, type Controller, DEFAULT_IO_INTERVAL } from './controller.js';
import { engineeringOnline } from './engineeringOnline.js';
import { cipExchange } from './exchanges.js';
import { ioExchange, ioOpening } from './ioExchange.js';

/** Controllers, each with its I/O adapters. */
export interface EnipCell {
  readonly controllers: readonly Controller[];
}

/** @param ioInterval microseconds between two datagrams of I/O in one direction */
export function buildEnipCell(
  plantKey: Key,
  network: string,
  controllers: number,
  ioInterval: number = DEFAULT_IO_INTERVAL,
): EnipCell {
  return {
    controllers: Array.from({ length: controllers }, (_, i) =>
      buildController(plantKey, network, i, ioInterval),
    ),
  };
}

/** Everything that goes on between controllers, their I/O and their clients by itself. */
export function enipActivities(plant: Plant): readonly Activity[] {
  const { enip, historian, engineering, maintenance } = plant;
  if (enip === undefined) return [];
  const { controllers } = enip;
  return [
    ...controllers.flatMap((controller) => [
      clientPolling(scadaRelation(plant, controller)),
      clientPolling(hmiRelation(plant, controller)),
    ]),
    ...controllers.flatMap((controller) =>
      controller.adapters.flatMap((adapter) => [
        ioOpening(controller, adapter),
        ioExchange(controller, adapter),
      ]),
    ),
    ...controllers
      .filter(({ historianTags }) => historianTags > 0)
      .map((controller) => collecting(historian, controller)),
    ...controllers.flatMap((_, i) => engineeringOnline(engineering, maintenance, controllers, i)),
  ];
}

/** The SCADA server reads one array, and now and then the controller's status. */
function scadaRelation({ scada }: Plant, server: Controller): ClientRelation {
  const status: CipRequest = {
    service: 'Get Attributes Single',
    path: { classId: '0x01', instanceId: '0x01', attributeId: '0x05' },
    receives: 2,
  };
  return {
    name: `${scada.name}>${server.name}`,
    key: childKey(server.key, 'scada'),
    client: scada,
    server,
    period: server.scadaPeriod,
    usual: cipExchange(server, 'connected', {
      service: 'Read Data',
      sends: 2,
      receives: 2 + 2 * server.scadaWords,
    }),
    check: { every: 30, exchange: cipExchange(server, 'connected', status) },
    renewedAt: [6],
    breaksEvery: 5 * DAY,
  };
}

/** The HMI's session is renewed with each shift's log-on; operators write through it. */
function hmiRelation({ hmi }: Plant, server: Controller): ClientRelation {
  const key = childKey(server.key, 'hmi');
  const reads: CipRequest = {
    service: 'Multiple Service Packet',
    path: { classId: '0x02', instanceId: '0x01' },
    parts: Array.from({ length: server.hmiTags }, () => ({ service: 'Read Data', sends: 2, receives: 6 })),
  };
  return {
    name: `${hmi.name}>${server.name}`,
    key,
    client: hmi,
    server,
    period: server.hmiPeriod,
    usual: cipExchange(server, 'connected', reads),
    renewedAt: [6, 14, 22],
    breaksEvery: 4 * DAY,
    writes: (span) =>
      server.operated
        ? operatorMoments(key, span, (random) => integer(random, 1, 2)).map(({ at, act: words }) => ({
            at,
            exchanges: [cipExchange(server, 'connected', { service: 'Write Data', sends: 4 + 4 * words })],
            step: 5 * server.answersWithin + 20 * MILLISECOND,
          }))
        : [],
  };
}
