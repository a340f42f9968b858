import type { Plc } from '../host.js';
import type { ModbusRequest } from '../modbusPdu.js';
import { MINUTE, type Span, toIso } from '../time.js';
import type { OpenLabel, Scenario } from './scenario.js';

const LASTS = 30 * MINUTE;
/** Registers that one request can ask for (MODBUS Application Protocol V1.1b3, 6.3). */
const MOST_REGISTERS = 125;

/** The historian, with the function and at the pace that it always has, takes as many registers as an answer holds. */
export const bulkRead: Scenario = {
  name: 'bulk-read',
  summary: 'the historian reads blocks of 125 registers of one PLC, for half an hour: only the bytes tell',
  protocol: 'modbus',
  inject({ plant, at, window }) {
    const server = plant.plcs.find((plc) => plc.historianReads.length > 0) ?? (plant.plcs[0] as Plc);
    const span: Span = { from: at, to: Math.min(at + LASTS, window.to) };
    const label: OpenLabel = {
      from: toIso(span.from),
      to: toIso(span.to),
      uids: [],
      source: plant.historian.address,
      destination: server.address,
      note: `each block becomes ${MOST_REGISTERS} registers`,
    };
    const larger = (request: ModbusRequest): ModbusRequest => ({ ...request, quantity: MOST_REGISTERS });
    return {
      labels: [label],
      activities: [],
      adjustCollecting: (relation) =>
        relation.server === server
          ? {
              ...relation,
              change: {
                ...span,
                whole: true,
                reads: () => relation.reads.map(larger),
                onSession: (uid) => label.uids.push(uid),
              },
            }
          : relation,
    };
  },
};
