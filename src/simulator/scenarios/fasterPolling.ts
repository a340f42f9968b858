import type { Plc } from '../host.js';
import { MINUTE, toIso } from '../time.js';
import type { OpenLabel, Scenario } from './scenario.js';

/** The factor at which shared/design's detectors were measured. */
const FACTOR = 0.6;
const LASTS = 30 * MINUTE;

/** The SCADA master polls the first PLC at 0.6 of its period for half an hour. */
export const fasterPolling: Scenario = {
  name: 'faster-polling',
  summary: 'the SCADA master polls one PLC at 0.6 of its period for 30 minutes',
  protocol: 'modbus',
  inject({ plant, at, window }) {
    const plc = plant.plcs[0] as Plc;
    const to = Math.min(at + LASTS, window.to);
    const label: OpenLabel = {
      from: toIso(at),
      to: toIso(to),
      uids: [],
      source: plant.scada.address,
      destination: plc.address,
      note: `polling period ${plc.scadaPeriod / 1000} ms becomes ${(plc.scadaPeriod * FACTOR) / 1000} ms`,
    };
    const change = { from: at, to, factor: FACTOR, onSession: (uid: string) => label.uids.push(uid) };
    return {
      labels: [label],
      activities: [],
      adjust: (relation) =>
        relation.client === plant.scada && relation.server === plc
          ? { ...relation, changes: [change] }
          : relation,
    };
  },
};
