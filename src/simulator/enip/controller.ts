import type { Host } from '../host.js';
import { between, chance, childKey, generator, integer, type Key, pick } from '../random.js';
import { MILLISECOND } from '../time.js';

/** What List Identity tells of a device (CIP Identity object), by ICSNPP's columns. */
export interface Identity {
  readonly deviceTypeId: number;
  readonly deviceTypeName: string;
  readonly productCode: number;
  readonly revision: string;
  readonly serialNumber: number;
  readonly productName: string;
}

/** A rack of inputs and outputs that a controller exchanges with it all the time, on UDP 2222. */
export interface IoAdapter extends Host {
  readonly role: 'io-adapter';
  readonly key: Key;
  readonly answersWithin: number;
  /** Requested packet interval, microseconds. */
  readonly interval: number;
  /** Bytes of each datagram to the adapter and from it, the sequence count of two included. */
  readonly consumes: number;
  readonly produces: number;
}

/** A programmable controller that speaks EtherNet/IP on TCP 44818. */
export interface Controller extends Host {
  readonly role: 'controller';
  readonly key: Key;
  readonly identity: Identity;
  /** Median time from request to answer, microseconds. */
  readonly answersWithin: number;
  /** The SCADA server reads one array of so many words in each cycle, microseconds. */
  readonly scadaPeriod: number;
  readonly scadaWords: number;
  /** The HMI reads so many tags at once. */
  readonly hmiPeriod: number;
  readonly hmiTags: number;
  /** Tags that the historian collects; none for controllers that it doesn't know. */
  readonly historianTags: number;
  /** Operators write to it through the HMI. */
  readonly operated: boolean;
  readonly adapters: readonly IoAdapter[];
  readonly processArea: string;
  readonly redundancyGroup: string;
}

/**
 * How often controller and adapter exchange I/O by default: a hundredth of what is usual. At 2 ms a day of one
 * adapter is 86 million datagrams.
 */
export const DEFAULT_IO_INTERVAL = 500 * MILLISECOND;

const AREAS = ['mixing', 'filling', 'packaging', 'palletizing'] as const;
const CONTROLLER_SUBNET = 60;
const ADAPTER_SUBNET = 70;
const PER_SUBNET = 200;
const MOST_ADAPTERS = 2;

/** The n-th controller of a plant; the same whatever their number. */
export function buildController(
  plantKey: Key,
  network: string,
  index: number,
  ioInterval: number,
): Controller {
  const key = childKey(plantKey, 'controller', index);
  const random = generator(key);
  const name = `PAC-${String(index + 1).padStart(2, '0')}`;
  const adapters = integer(random, 1, MOST_ADAPTERS);
  return {
    role: 'controller',
    key,
    name,
    address: address(network, CONTROLLER_SUBNET, index),
    vendor: 'Rockwell Automation/Allen-Bradley',
    stack: 'embedded',
    identity: {
      deviceTypeId: 14,
      deviceTypeName: 'Programmable Logic Controller',
      productCode: pick(random, [93, 94, 166]),
      revision: `${integer(random, 30, 35)}.${integer(random, 11, 15)}`,
      serialNumber: integer(random, 0x00400000, 0x00ffffff),
      productName: pick(random, ['1756-L83E/B', '1756-L73/B', '5069-L320ER/A']),
    },
    // 4.5 ms in ICSNPP's example capture of an online session.
    answersWithin: Math.round(between(random, 1.5, 8) * MILLISECOND),
    scadaPeriod: integer(random, 10, 20) * 50 * MILLISECOND,
    scadaWords: integer(random, 20, 100),
    hmiPeriod: integer(random, 2, 6) * 500 * MILLISECOND,
    hmiTags: integer(random, 2, 4),
    // Half of them, the first always; operators write to two of three, the first always, the second never.
    historianTags: index === 0 || (index !== 1 && chance(random, 0.55)) ? integer(random, 1, 3) : 0,
    operated: index === 0 || (index !== 1 && chance(random, 0.67)),
    adapters: Array.from({ length: adapters }, (_, n) =>
      buildAdapter(key, network, index * MOST_ADAPTERS + n, ioInterval),
    ),
    processArea: AREAS[Math.floor(index / 4) % AREAS.length] ?? AREAS[0],
    redundancyGroup: index % 10 < 2 ? `CELL-${Math.floor(index / 10) + 1}` : '',
  };
}

function buildAdapter(controller: Key, network: string, index: number, interval: number): IoAdapter {
  const key = childKey(controller, 'adapter', index);
  const random = generator(key);
  return {
    role: 'io-adapter',
    key,
    name: `RIO-${String(index + 1).padStart(3, '0')}`,
    address: address(network, ADAPTER_SUBNET, index),
    vendor: 'Rockwell Automation/Allen-Bradley',
    stack: 'embedded',
    answersWithin: Math.round(between(random, 0.5, 2) * MILLISECOND),
    interval,
    consumes: 2 + 4 * integer(random, 1, 8),
    produces: 2 + 4 * integer(random, 2, 16),
  };
}

function address(network: string, subnet: number, index: number): string {
  return `${network}.${subnet + Math.floor(index / PER_SUBNET)}.${11 + (index % PER_SUBNET)}`;
}
