import type { Plc } from '../host.js';
import { childKey, generator, integer } from '../random.js';
import { SECOND } from '../time.js';
import type { Scenario } from './scenario.js';
import { scriptedConnection, scriptedInjection } from './scriptedConnection.js';

const WRITES = 8;

/** The HMI, known to this PLC for its reads, writes blocks of registers, which it does nowhere else. */
export const newWrite: Scenario = {
  name: 'new-write',
  summary: 'the HMI writes register blocks to a PLC that it only read',
  protocol: 'modbus',
  inject({ plant, at, key }) {
    const onlyRead = plant.plcs.find((plc) => plc.operatorWrites.length === 0) ?? (plant.plcs[0] as Plc);
    const random = generator(childKey(key, 'pace'));
    let asked = at;
    const script = Array.from({ length: WRITES }, () => {
      asked += integer(random, 5, 40) * SECOND + integer(random, 0, SECOND);
      const quantity = integer(random, 1, 8);
      return { at: asked, request: { func: 'WRITE_MULTIPLE_REGISTERS', address: 100, quantity } as const };
    });
    const connection = scriptedConnection(childKey(key, 'connection'), plant.hmi, onlyRead, script);
    return scriptedInjection(
      'new-write',
      [connection],
      'known reader writes: WRITE_MULTIPLE_REGISTERS from the HMI',
    );
  },
};
