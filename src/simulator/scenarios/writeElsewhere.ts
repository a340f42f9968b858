import type { Plc } from '../host.js';
import { childKey } from '../random.js';
import { MINUTE } from '../time.js';
import type { Scenario } from './scenario.js';
import { scriptedConnection, scriptedInjection } from './scriptedConnection.js';

/** Registers further on than any that operators write to. */
const BEYOND = 500;
const WRITES = 3;

/** The HMI, through which operators write anyway, writes a few registers of a controller to which it never wrote. */
export const writeElsewhere: Scenario = {
  name: 'write-elsewhere',
  summary:
    'the HMI writes three registers that it never wrote, with a function that it always used: only the address tells',
  protocol: 'modbus',
  inject({ plant, at, key }) {
    const plc = plant.plcs[0] as Plc;
    const address = (plc.operatorWrites[0]?.address ?? 100) + BEYOND;
    const script = Array.from({ length: WRITES }, (_, i) => ({
      at: at + i * MINUTE,
      request: { func: 'WRITE_SINGLE_REGISTER', address: address + i, quantity: 1 } as const,
    }));
    const connection = scriptedConnection(childKey(key, 'connection'), plant.hmi, plc, script);
    return scriptedInjection('write-elsewhere', [connection], 'a known writer writes where it never wrote');
  },
};
