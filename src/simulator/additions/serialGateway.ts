import { persistentPolling } from '../activities/persistentPolling.js';
import type { Plc } from '../host.js';
import type { Plant } from '../plant.js';
import { childKey, generator, integer } from '../random.js';
import { DAY, MILLISECOND, SECOND } from '../time.js';
import type { Addition } from './addition.js';

const UNITS = { least: 4, most: 8 };
/** A frame of a serial line at 19,200 bit/s and its answer take tens of milliseconds. */
const ANSWERS_WITHIN = 45 * MILLISECOND;

/** One address, behind which a serial line has many units: the master asks one after the other. */
export const serialGateway: Addition = {
  name: 'serial-gateway',
  summary: 'the SCADA master polls 4 to 8 units of a serial line through one gateway',
  protocol: 'modbus',
  devices: (plant) => [
    {
      device: gateway(plant),
      area: 'metering',
      clients: [plant.scada],
      safety: false,
      redundancyGroup: '',
    },
  ],
  activities: (plant) => {
    const server = gateway(plant);
    return [
      persistentPolling({
        name: `scada>${server.address}`,
        key: childKey(server.key, 'scada'),
        client: plant.scada,
        server,
        reads: server.scadaReads,
        offsets: server.scadaReads.map((_, i) => i * 2 * ANSWERS_WITHIN),
        period: server.scadaPeriod,
        renewedAt: [6],
        breaksEvery: 5 * DAY,
      }),
    ];
  },
};

function gateway({ key: plantKey, network }: Plant): Plc {
  const key = childKey(plantKey, 'gateway');
  const random = generator(key);
  const units = integer(random, UNITS.least, UNITS.most);
  return {
    role: 'plc',
    key,
    name: 'GW-01',
    address: `${network}.10.231`,
    vendor: 'Moxa',
    stack: 'embedded',
    unit: 1,
    answersWithin: ANSWERS_WITHIN,
    scadaPeriod: integer(random, 4, 10) * SECOND,
    scadaReads: Array.from({ length: units }, (_, i) => ({
      func: 'READ_INPUT_REGISTERS' as const,
      address: integer(random, 0, 20) * 10,
      quantity: integer(random, 4, 30),
      unit: i + 1,
    })),
    hmiPeriod: 0,
    hmiReads: [],
    historianReads: [],
    operatorWrites: [],
    safetyInstrumentedSystem: false,
    redundancyGroup: '',
    processArea: 'metering',
  };
}
