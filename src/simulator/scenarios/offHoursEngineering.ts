import { engineeringSession } from '../activities/engineeringSession.js';
import type { Plc } from '../host.js';
import { childKey } from '../random.js';
import { runSession } from '../runSession.js';
import { MINUTE } from '../time.js';
import type { Scenario } from './scenario.js';
import { connectionLabel } from './scriptedConnection.js';

const LASTS = 12 * MINUTE;

/** What the engineering workstation does each week by day, at whatever hour it is asked for: only the hour is odd. */
export const offHoursEngineering: Scenario = {
  name: 'off-hours-engineering',
  summary:
    'the engineering workstation reads and changes a PLC, as it does by day; choose an hour of the night',
  protocol: 'modbus',
  inject({ plant, at, key, window }) {
    const server = plant.plcs[0] as Plc;
    const span = { from: at, to: at + LASTS };
    const session = engineeringSession(
      {
        key: childKey(key, 'sitting'),
        client: plant.engineering,
        server,
        span,
        uploads: 6,
        writes: ['WRITE_MULTIPLE_REGISTERS', 'WRITE_MULTIPLE_REGISTERS'],
      },
      { ...window, thinning: { observeSecondsPerHour: 3600 }, logs: new Set() },
    );
    return {
      labels: [connectionLabel(session, 'known functions at an hour that has none')],
      activities: [{ name: 'off-hours', steps: (recording) => runSession(session, recording) }],
    };
  },
};
