import type { Plc } from '../host.js';
import { childKey, generator, integer } from '../random.js';
import { MILLISECOND } from '../time.js';
import type { Scenario } from './scenario.js';
import { scriptedConnection, scriptedInjection } from './scriptedConnection.js';

/** Addresses that are tried, a block of registers apart. */
const TRIES = 40;
const BLOCK = 100;
/** Past what the PLC has: each try is answered with an exception. */
const FIRST_ADDRESS = 20_000;

/** Somebody at the HMI looks for registers with a function that it uses all the time: only the answers tell. */
export const registerSearch: Scenario = {
  name: 'register-search',
  summary: 'the HMI tries 40 register addresses of a PLC, all of which are answered with exceptions',
  protocol: 'modbus',
  inject({ plant, at, key }) {
    const server = plant.plcs[0] as Plc;
    const func = server.hmiReads[0]?.func ?? 'READ_HOLDING_REGISTERS';
    const random = generator(childKey(key, 'pace'));
    let asked = at;
    const script = Array.from({ length: TRIES }, (_, n) => {
      asked += integer(random, 100, 400) * MILLISECOND;
      const address = FIRST_ADDRESS + n * BLOCK;
      return {
        at: asked,
        request: { func, address, quantity: 1 },
        exception: 'ILLEGAL_DATA_ADDRESS',
      } as const;
    });
    const connection = scriptedConnection(childKey(key, 'connection'), plant.hmi, server, script);
    return scriptedInjection('register-search', [connection], 'known reader searches for registers');
  },
};
