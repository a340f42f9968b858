import { persistentPolling } from '../activities/persistentPolling.js';
import { scadaPolling } from '../activities/plantActivities.js';
import { buildPlc } from '../buildPlc.js';
import type { Plc } from '../host.js';
import type { ModbusRequest } from '../modbusPdu.js';
import { childKey, generator, integer } from '../random.js';
import { MINUTE, SECOND, toIso } from '../time.js';
import { intruder } from './intruder.js';
import type { OpenLabel, Scenario } from './scenario.js';
import { connectionActivity, connectionLabel, scriptedConnection } from './scriptedConnection.js';

const PLCS = 12;
/** The PLCs are switched on one after the other. */
const APART = 40 * SECOND;

/** An intruder writes while a whole row of new PLCs makes noise of its own. */
export const newPlcFlood: Scenario = {
  name: 'new-plc-flood',
  summary: 'twelve PLCs appear within minutes, and amidst them an unknown address writes to an old one',
  protocol: 'modbus',
  inject({ plant, at, window, key }) {
    const commissioned = Array.from({ length: PLCS }, (_, i) => {
      const plc = buildPlc(plant.key, plant.network, plant.plcs.length + i);
      const since = Math.min(at + i * APART, window.to - 1);
      const label: OpenLabel = {
        from: toIso(since),
        to: toIso(window.to),
        uids: [],
        source: plant.scada.address,
        destination: plc.address,
        note: 'a new PLC, legitimate but unknown',
      };
      const relation = {
        ...scadaPolling(plant, plc),
        since,
        recordedUntil: since + MINUTE,
        onSession: (uid: string) => label.uids.push(uid),
      };
      return { label, activity: persistentPolling(relation) };
    });
    const connection = intrusion();
    return {
      labels: [
        ...commissioned.map(({ label }) => label),
        connectionLabel(connection, 'the intrusion amidst new PLCs'),
      ],
      activities: [
        ...commissioned.map(({ activity }) => activity),
        connectionActivity('intrusion', connection),
      ],
    };

    function intrusion() {
      const random = generator(childKey(key, 'pace'));
      let asked = at + Math.min(5 * MINUTE, Math.floor((window.to - at) / 2));
      const requests: readonly ModbusRequest[] = [
        { func: 'READ_HOLDING_REGISTERS', address: 0, quantity: 100 },
        { func: 'WRITE_MULTIPLE_REGISTERS', address: 100, quantity: 4 },
        { func: 'WRITE_SINGLE_COIL', address: 3, quantity: 1 },
      ];
      const script = requests.map((request) => {
        asked += integer(random, 200_000, 2 * SECOND);
        return { at: asked, request };
      });
      const source = intruder(plant, childKey(key, 'source'), 20);
      return scriptedConnection(childKey(key, 'intrusion'), source, plant.plcs[0] as Plc, script);
    }
  },
};
