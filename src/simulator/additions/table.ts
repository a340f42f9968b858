import { SimulatorError } from '../errors.js';
import type { Addition } from './addition.js';
import { failover, pipelining, slowSeasons, turnaround } from './pollingHabits.js';
import { serialGateway } from './serialGateway.js';
import { calibration, firmwareDay, scheduledReports, shiftChange, vendorAccess } from './visitors.js';

/** Packets that the sensor didn't see: of some minutes' traffic a part is missing, and Zeek's own logs say so. */
const captureLoss: Addition = {
  name: 'capture-loss',
  summary:
    'a few times a day the sensor misses 5 to 40 % for some minutes; capture_loss and missed_bytes tell',
  protocol: 'modbus',
  logs: ['capture_loss'],
};

/** Every addition that `--with` knows. */
export const ADDITIONS: readonly Addition[] = [
  serialGateway,
  pipelining,
  captureLoss,
  shiftChange,
  scheduledReports,
  calibration,
  vendorAccess,
  firmwareDay,
  failover,
  turnaround,
  slowSeasons,
];

/** @throws SimulatorError `bad-option` for a name that there isn't */
export function additionsNamed(names: readonly string[]): readonly Addition[] {
  const unknown = names.filter((name) => !ADDITIONS.some((addition) => addition.name === name));
  if (unknown.length === 0) return ADDITIONS.filter(({ name }) => names.includes(name));
  throw new SimulatorError(
    'bad-option',
    `a plant can't be had with ${unknown.join(', ')}`,
    `Known: ${ADDITIONS.map(({ name }) => name).join(', ')}.`,
  );
}
