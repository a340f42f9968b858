import type { LogName } from './activity.js';
import type { Addition } from './additions/addition.js';
import { additionsNamed } from './additions/table.js';
import { buildPlc } from './buildPlc.js';
import { buildDnp3Site, type Dnp3Site } from './dnp3/site.js';
import { buildEnipCell, type EnipCell } from './enip/cell.js';
import { SimulatorError } from './errors.js';
import type { Host, Plc } from './host.js';
import { childKey, generator, integer, type Key, rootKey } from './random.js';
import { HOUR, MILLISECOND } from './time.js';

/** The plant's weekly maintenance: some hours on one weekday. */
export interface MaintenanceWindow {
  /** 0 = Sunday … 6 = Saturday. */
  readonly weekday: number;
  /** Microseconds after midnight, and how long. */
  readonly startsAt: number;
  readonly lasts: number;
}

/** The protocols that a plant can speak, by the names of Zeek's analyzers. */
export const PLANT_PROTOCOLS = ['modbus', 'dnp3', 'enip'] as const;
export type PlantProtocol = (typeof PLANT_PROTOCOLS)[number];

const LOGS: Readonly<Record<PlantProtocol, readonly LogName[]>> = {
  modbus: ['modbus'],
  dnp3: ['dnp3', 'dnp3_control', 'dnp3_objects'],
  enip: ['enip', 'cip', 'cip_io', 'cip_identity'],
};

/** The logs that a plant's traffic fills, without those that repeat what another says in more detail. */
export function logsOf({ protocols, additions }: Plant): readonly LogName[] {
  return [
    'conn',
    ...protocols.flatMap((protocol) => LOGS[protocol]),
    ...additions.flatMap(({ logs }) => logs ?? []),
  ];
}

export interface Plant {
  readonly seed: number;
  readonly protocols: readonly PlantProtocol[];
  readonly key: Key;
  /** Modbus PLCs; none where the plant doesn't speak it. */
  readonly plcs: readonly Plc[];
  readonly dnp3: Dnp3Site | undefined;
  readonly enip: EnipCell | undefined;
  /** What it has beyond the usual. */
  readonly additions: readonly Addition[];
  readonly scada: Host;
  readonly hmi: Host;
  readonly historian: Host;
  readonly engineering: Host;
  readonly maintenance: MaintenanceWindow;
  /** First two octets of every address in the plant: 10.n, private (RFC 1918). */
  readonly network: string;
}

/** Device addresses fill one /24 after the other; more would leave the zone. */
const MAX_PLCS = 1_000;

/**
 * The plant that a seed describes: hosts, addresses, what is polled how often.
 *
 * The n-th device of a protocol is the same whatever their number, and whatever else the plant speaks.
 *
 * @param options.plcs how many PLCs, outstations or controllers there are of each protocol
 * @param options.protocols Modbus alone by default
 * @param options.ioCycleMs milliseconds between two I/O datagrams of EtherNet/IP in one direction
 * @param options.with names of additions; none by default
 * @throws SimulatorError `bad-option`
 */
export function buildPlant(options: {
  readonly seed: number;
  readonly plcs: number;
  readonly protocols?: readonly PlantProtocol[];
  readonly ioCycleMs?: number;
  readonly with?: readonly string[];
}): Plant {
  const { seed, plcs, protocols = ['modbus'] } = options;
  const devices = (protocol: PlantProtocol) => (protocols.includes(protocol) ? plcs : 0);
  if (!Number.isInteger(plcs) || plcs < 1 || plcs > MAX_PLCS)
    throw new SimulatorError(
      'bad-option',
      `a plant has 1 to ${MAX_PLCS} PLCs, not ${plcs}`,
      'Give --plcs a whole number in that range.',
    );
  const additions = additionsNamed(options.with ?? []);
  const lacking = additions.find(({ protocol }) => !protocols.includes(protocol));
  if (lacking !== undefined)
    throw new SimulatorError(
      'bad-option',
      `${lacking.name} is part of a plant that speaks ${lacking.protocol}`,
      `Give --protocol ${lacking.protocol} or all, or leave it out.`,
    );
  const key = childKey(rootKey(seed), 'plant');
  const random = generator(key);
  const network = `10.${integer(random, 16, 199)}`;
  return {
    seed,
    additions,
    protocols: PLANT_PROTOCOLS.filter((protocol) => protocols.includes(protocol)),
    key,
    network,
    plcs: Array.from({ length: devices('modbus') }, (_, index) => buildPlc(key, network, index)),
    dnp3: protocols.includes('dnp3') ? buildDnp3Site(key, network, devices('dnp3')) : undefined,
    enip: protocols.includes('enip')
      ? buildEnipCell(key, network, devices('enip'), ioCycle(options.ioCycleMs))
      : undefined,
    scada: host('scada', 'SCADA-01', `${network}.20.10`, 'AVEVA', 'windows'),
    hmi: host('hmi', 'HMI-01', `${network}.20.21`, 'Rockwell Automation', 'windows'),
    historian: host('historian', 'HIST-01', `${network}.30.15`, 'AVEVA', 'linux'),
    engineering: host('engineering', 'EWS-01', `${network}.40.31`, 'Schneider Electric', 'windows'),
    maintenance: {
      weekday: integer(random, 2, 4),
      startsAt: integer(random, 8, 10) * HOUR,
      lasts: integer(random, 2, 4) * HOUR,
    },
  };
}

/** The shortest interval that devices offer, and a minute, after which Zeek forgets a UDP connection. */
const IO_CYCLE_MS = { least: 1, most: 60_000 };

function ioCycle(ms: number | undefined): number | undefined {
  if (ms === undefined) return undefined;
  if (ms >= IO_CYCLE_MS.least && ms < IO_CYCLE_MS.most) return Math.round(ms * MILLISECOND);
  throw new SimulatorError(
    'bad-option',
    `the I/O cycle lasts ${IO_CYCLE_MS.least} to ${IO_CYCLE_MS.most} ms, not ${ms}`,
    'Give --io-cycle-ms a number in that range.',
  );
}

function host(role: Host['role'], name: string, address: string, vendor: string, stack: Host['stack']): Host {
  return { role, name, address, vendor, stack };
}

/** Every host of the plant: devices first, then their clients. */
export function plantHosts(plant: Plant): readonly Host[] {
  const { plcs, dnp3, enip, scada, hmi, historian, engineering, additions } = plant;
  return [
    ...plcs,
    ...(dnp3 === undefined ? [] : [...dnp3.outstations, dnp3.master, dnp3.standby]),
    ...(enip?.controllers ?? []).flatMap((controller) => [controller, ...controller.adapters]),
    scada,
    hmi,
    historian,
    engineering,
    ...additions.flatMap((addition) => addition.devices?.(plant).map(({ device }) => device) ?? []),
    ...additions.flatMap((addition) => addition.visitors?.(plant).map(({ host }) => host) ?? []),
  ];
}

/** Every address that the plant itself uses. */
export function plantAddresses(plant: Plant): ReadonlySet<string> {
  return new Set(plantHosts(plant).map((host) => host.address));
}
