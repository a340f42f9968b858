import { SimulatorError } from '../errors.js';
import type { ModbusRequest } from '../modbusPdu.js';
import { childKey, generator, integer } from '../random.js';
import { SECOND } from '../time.js';
import type { Scenario } from './scenario.js';
import { scriptedConnection, scriptedInjection } from './scriptedConnection.js';

/** What goes to each PLC: a look around, then writes. */
const REQUESTS: readonly ModbusRequest[] = [
  { func: 'REPORT_SLAVE_ID', address: 0, quantity: 0 },
  { func: 'READ_HOLDING_REGISTERS', address: 0, quantity: 100 },
  { func: 'READ_HOLDING_REGISTERS', address: 100, quantity: 100 },
  { func: 'READ_COILS', address: 0, quantity: 64 },
  { func: 'WRITE_MULTIPLE_REGISTERS', address: 100, quantity: 4 },
  { func: 'WRITE_MULTIPLE_REGISTERS', address: 104, quantity: 4 },
  { func: 'WRITE_SINGLE_COIL', address: 3, quantity: 1 },
];
const PLCS = 3;

/** An intruder on the historian goes on to PLCs with which the historian has nothing to do. */
export const historianPivot: Scenario = {
  name: 'historian-pivot',
  summary: 'the historian reads and writes up to three PLCs that it never spoke to',
  protocol: 'modbus',
  inject({ plant, at, key }) {
    const strangers = plant.plcs.filter((plc) => plc.historianReads.length === 0).slice(0, PLCS);
    if (strangers.length === 0)
      throw new SimulatorError(
        'scenario-impossible',
        'historian-pivot needs a PLC that the historian does not poll, and this plant has none',
        'Simulate a plant of at least two PLCs.',
      );
    const random = generator(childKey(key, 'pace'));
    let begins = at;
    const connections = strangers.map((plc, n) => {
      const script = REQUESTS.map((request) => {
        begins += integer(random, 1, 4) * SECOND + integer(random, 0, SECOND);
        return { at: begins, request };
      });
      begins += 5 * SECOND;
      return scriptedConnection(childKey(key, n), plant.historian, plc, script);
    });
    return scriptedInjection(
      'historian-pivot',
      connections,
      'historian reads and writes a PLC it never spoke to',
    );
  },
};
