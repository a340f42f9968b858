import type { Plc } from '../host.js';
import type { ModbusRequest } from '../modbusPdu.js';
import { childKey } from '../random.js';
import type { Scenario } from './scenario.js';
import { scriptedConnection, scriptedInjection } from './scriptedConnection.js';

/** At the water works of Oldsmar (Florida, 2021) the set point of sodium hydroxide went from 100 to 11,100 ppm. */
const TIMES = 111;

/** The HMI writes a set point that it always wrote, once, a hundred times as high. */
export const setPointJump: Scenario = {
  name: 'set-point-jump',
  summary:
    'the HMI writes a set point that it always wrote, once, 111 times as high (values: modbus_detailed)',
  protocol: 'modbus',
  inject({ plant, at, key }) {
    const plc = plant.plcs[0] as Plc;
    const usual: ModbusRequest = plc.operatorWrites.find(({ func }) => func === 'WRITE_SINGLE_REGISTER') ?? {
      func: 'WRITE_SINGLE_REGISTER',
      address: 100,
      quantity: 1,
    };
    const script = [{ at, request: { ...usual, scale: TIMES } }];
    const connection = scriptedConnection(childKey(key, 'connection'), plant.hmi, plc, script);
    return scriptedInjection(
      'set-point-jump',
      [connection],
      'a known set point, far beyond what it ever was',
    );
  },
};
