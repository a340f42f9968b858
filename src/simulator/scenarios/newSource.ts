import type { Host, Plc } from '../host.js';
import { between, chance, childKey, generator, integer, type Key } from '../random.js';
import type { ScriptedRequest, Session } from '../session.js';
import { SECOND } from '../time.js';
import { intruder } from './intruder.js';
import type { Scenario } from './scenario.js';
import { scriptedConnection, scriptedInjection } from './scriptedConnection.js';

const PLCS = 3;
const READS = 60;

/** An address that was never seen reads PLC registers on port 502. */
export const newSource: Scenario = {
  name: 'new-source',
  summary: 'an unknown address reads registers of up to three PLCs on port 502',
  protocol: 'modbus',
  inject({ plant, at, key }) {
    const source = intruder(plant, childKey(key, 'source'), 20);
    let begins = at;
    const connections = plant.plcs.slice(0, PLCS).map((plc, n) => {
      const connection = registerWalk(childKey(key, n), source, plc, begins, READS);
      begins = connection.endsAt + 2 * SECOND;
      return connection;
    });
    return scriptedInjection('new-source', connections, 'unknown source reads registers block by block');
  },
};

/** Block after block of holding registers; past the PLC's own there are exceptions, as in a real register scan. */
export function registerWalk(key: Key, client: Host, plc: Plc, at: number, reads: number): Session {
  const random = generator(childKey(key, 'walk'));
  const step = Math.round(between(random, 0.3, 1) * SECOND);
  const lastKnown = integer(random, 20, 60);
  const script = Array.from({ length: reads }, (_, i): ScriptedRequest => {
    const asked = at + i * step + integer(random, 0, step / 10);
    const request = { func: 'READ_HOLDING_REGISTERS', address: i * 10, quantity: 10 } as const;
    const missing = i > lastKnown && chance(random, 0.8);
    return missing ? { at: asked, request, exception: 'ILLEGAL_DATA_ADDRESS' } : { at: asked, request };
  });
  return scriptedConnection(key, client, plc, script);
}
