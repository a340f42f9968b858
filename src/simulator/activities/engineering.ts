import type { Activity } from '../activity.js';
import type { Plc } from '../host.js';
import type { ModbusFunction } from '../modbusPdu.js';
import type { Plant } from '../plant.js';
import { childKey } from '../random.js';
import { sittings } from './engineeringSession.js';
import { officeHours } from './officeHours.js';

/** The engineering workstation at one PLC, Monday to Friday in working hours. */
export function engineering(plant: Plant, plc: Plc): Activity {
  return sittings(`engineering>${plc.address}`, function* (recording) {
    for (const { key, span, changes } of officeHours(childKey(plc.key, 'engineering'), recording)) {
      const writes: readonly ModbusFunction[] = changes ? ['WRITE_MULTIPLE_REGISTERS'] : [];
      yield { key, client: plant.engineering, server: plc, span, uploads: 6, writes };
    }
  });
}
