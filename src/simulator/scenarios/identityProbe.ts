import type { Plc } from '../host.js';
import { childKey, generator, integer } from '../random.js';
import { SECOND } from '../time.js';
import type { Scenario } from './scenario.js';
import { scriptedConnection, scriptedInjection } from './scriptedConnection.js';

const PROBES = 3;
const IDENTIFY = { func: 'REPORT_SLAVE_ID', address: 0, quantity: 0 } as const;

/** The HMI, known to the PLC for its reads, asks what the device is, which only the engineers do: nothing changes. */
export const identityProbe: Scenario = {
  name: 'identity-probe',
  summary: 'the HMI asks a PLC what device it is, which it never did',
  protocol: 'modbus',
  inject({ plant, at, key }) {
    const server = plant.plcs[0] as Plc;
    const random = generator(childKey(key, 'pace'));
    let asked = at;
    const script = Array.from({ length: PROBES }, () => {
      asked += integer(random, 1, 4) * SECOND;
      return { at: asked, request: IDENTIFY };
    });
    const connection = scriptedConnection(childKey(key, 'connection'), plant.hmi, server, script);
    return scriptedInjection('identity-probe', [connection], 'known reader identifies the device');
  },
};
