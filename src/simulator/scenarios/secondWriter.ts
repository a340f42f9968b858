import type { Plc } from '../host.js';
import { childKey, generator, integer } from '../random.js';
import { MINUTE, SECOND } from '../time.js';
import type { Scenario } from './scenario.js';
import { scriptedConnection, scriptedInjection } from './scriptedConnection.js';

const WRITES = 12;

/** The SCADA master, which only reads, writes the setpoint that operators write through the HMI. */
export const secondWriter: Scenario = {
  name: 'second-writer',
  summary: 'the SCADA master, known for its reads, writes a setpoint that only the HMI wrote, for two hours',
  protocol: 'modbus',
  inject({ plant, at, key }) {
    const plc = plant.plcs[0] as Plc;
    const random = generator(childKey(key, 'pace'));
    const [setpoint] = plc.operatorWrites;
    let asked = at;
    const script = Array.from({ length: WRITES }, () => {
      asked += integer(random, 5, 15) * MINUTE + integer(random, 0, SECOND);
      return {
        at: asked,
        request: setpoint ?? ({ func: 'WRITE_SINGLE_REGISTER', address: 100, quantity: 1 } as const),
      };
    });
    const connection = scriptedConnection(childKey(key, 'connection'), plant.scada, plc, script);
    return scriptedInjection('second-writer', [connection], 'a second client writes the same setpoint');
  },
};
