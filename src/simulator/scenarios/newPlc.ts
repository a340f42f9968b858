import { persistentPolling } from '../activities/persistentPolling.js';
import { scadaPolling } from '../activities/plantActivities.js';
import { buildPlc } from '../buildPlc.js';
import { MINUTE, toIso } from '../time.js';
import type { OpenLabel, Scenario } from './scenario.js';

/** A PLC is added, and the SCADA master polls it like the others, to the end of what is simulated. */
export const newPlc: Scenario = {
  name: 'new-plc',
  summary: 'a PLC appears and the SCADA master polls it like the others from then on',
  protocol: 'modbus',
  inject({ plant, at, window }) {
    const plc = buildPlc(plant.key, plant.network, plant.plcs.length);
    const label: OpenLabel = {
      from: toIso(at),
      to: toIso(window.to),
      uids: [],
      source: plant.scada.address,
      destination: plc.address,
      note: 'a new PLC, legitimate but unknown',
    };
    const relation = {
      ...scadaPolling(plant, plc),
      since: at,
      recordedUntil: at + 10 * MINUTE,
      onSession: (uid: string) => label.uids.push(uid),
    };
    return { labels: [label], activities: [persistentPolling(relation)] };
  },
};
