import type { Plc } from '../host.js';
import { childKey, generator, integer } from '../random.js';
import { SECOND } from '../time.js';
import type { Scenario } from './scenario.js';
import { scriptedConnection, scriptedInjection } from './scriptedConnection.js';

const WRITES = 100;

/** The HMI, through which operators write anyway, writes a set point again and again. */
export const writeBurst: Scenario = {
  name: 'write-burst',
  summary:
    'the HMI writes a set point that it always wrote, a hundred times in half an hour: only the number tells',
  protocol: 'modbus',
  inject({ plant, at, key }) {
    const plc = plant.plcs[0] as Plc;
    const random = generator(childKey(key, 'pace'));
    const request =
      plc.operatorWrites[0] ?? ({ func: 'WRITE_SINGLE_REGISTER', address: 100, quantity: 1 } as const);
    let asked = at;
    const script = Array.from({ length: WRITES }, () => {
      asked += integer(random, 5 * SECOND, 30 * SECOND);
      return { at: asked, request };
    });
    const connection = scriptedConnection(childKey(key, 'connection'), plant.hmi, plc, script);
    return scriptedInjection('write-burst', [connection], 'a known writer writes far more than it ever did');
  },
};
