import { persistentPolling } from '../activities/persistentPolling.js';
import { scadaPolling } from '../activities/plantActivities.js';
import type { Host } from '../host.js';
import type { Plant } from '../plant.js';
import { chance, childKey, generator } from '../random.js';
import { DAY, HOUR, MINUTE, type Span } from '../time.js';
import type { Addition } from './addition.js';
import { days, isNth } from './calendar.js';

/** Every third master doesn't wait for an answer before it asks again. */
export const pipelining: Addition = {
  name: 'pipelining',
  summary: 'the SCADA master sends every third PLC all reads of a cycle at once',
  protocol: 'modbus',
  adjust: (plant, relation) =>
    relation.client === plant.scada && plant.plcs.indexOf(relation.server) % 3 === 1
      ? { ...relation, pipelined: true }
      : relation,
};

/** The standby master is tried for three quarters of an hour on the second Sunday of each month. */
export const failover: Addition = {
  name: 'failover',
  summary: 'on the second Sunday of a month a standby SCADA master polls for 45 minutes in the other’s place',
  protocol: 'modbus',
  visitors: (plant) => [{ host: standby(plant), plcs: plant.plcs }],
  adjust: (plant, relation) =>
    relation.client === plant.scada ? { ...relation, absent: failovers } : relation,
  activities: (plant) =>
    plant.plcs.map((plc) => {
      const relation = scadaPolling(plant, plc);
      return persistentPolling({
        ...relation,
        name: `standby>${plc.address}`,
        key: childKey(plc.key, 'standby'),
        client: standby(plant),
        present: failovers,
      });
    }),
};

function failovers(span: Span): readonly Span[] {
  return [...days(span)]
    .filter((day) => isNth(day, 0, 2))
    .map(({ at }) => ({ from: at + 2 * HOUR, to: at + 2 * HOUR + 45 * MINUTE }));
}

function standby({ network }: Plant): Host {
  return {
    role: 'scada',
    name: 'SCADA-02',
    address: `${network}.20.11`,
    vendor: 'AVEVA',
    stack: 'windows',
  };
}

/** Five days in the first month of a quarter: half of the PLCs are switched off. */
export const turnaround: Addition = {
  name: 'turnaround',
  summary: 'from the 10th to the 14th of January, April, July and October every other PLC is off',
  protocol: 'modbus',
  adjust: (plant, relation) =>
    plant.plcs.indexOf(relation.server) % 2 === 1 ? { ...relation, absent: turnarounds } : relation,
};

function turnarounds(span: Span): readonly Span[] {
  return [...days({ from: span.from - 6 * DAY, to: span.to })]
    .filter(({ dayOfMonth, month }) => dayOfMonth === 10 && month % 3 === 1)
    .map(({ at }) => ({ from: at + 7 * HOUR, to: at + 4 * DAY + 17 * HOUR }));
}

/** Operators have less to do in winter than in summer. */
export const slowSeasons: Addition = {
  name: 'slow-seasons',
  summary: 'operators write a third as often in January as in July, and in between in between',
  protocol: 'modbus',
  adjust: (plant, relation) => {
    const { writes } = relation;
    if (writes === undefined || relation.client !== plant.hmi) return relation;
    const key = childKey(relation.key, 'season');
    return {
      ...relation,
      writes: (span) =>
        writes(span).filter(({ at }) => chance(generator(key, Math.floor(at / MINUTE)), share(at))),
    };
  },
};

/** 0.3 at the turn of the year, 1 half a year later. */
function share(at: number): number {
  return 0.65 - 0.35 * Math.cos((2 * Math.PI * at) / (365.25 * DAY));
}
