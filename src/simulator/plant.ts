import { buildPlc } from './buildPlc.js';
import { SimulatorError } from './errors.js';
import type { Host, Plc } from './host.js';
import { childKey, generator, integer, type Key, rootKey } from './random.js';
import { HOUR } from './time.js';

/** The plant's weekly maintenance: some hours on one weekday. */
export interface MaintenanceWindow {
  /** 0 = Sunday … 6 = Saturday. */
  readonly weekday: number;
  /** Microseconds after midnight, and how long. */
  readonly startsAt: number;
  readonly lasts: number;
}

export interface Plant {
  readonly seed: number;
  readonly key: Key;
  readonly plcs: readonly Plc[];
  readonly scada: Host;
  readonly hmi: Host;
  readonly historian: Host;
  readonly engineering: Host;
  readonly maintenance: MaintenanceWindow;
  /** First two octets of every address in the plant: 10.n, private (RFC 1918). */
  readonly network: string;
}

/** PLC addresses fill one /24 after the other; more would leave the zone. */
const MAX_PLCS = 1_000;

/**
 * The plant that a seed describes: hosts, addresses, what is polled how often.
 *
 * The n-th PLC is the same whatever the number of PLCs.
 */
export function buildPlant(options: { readonly seed: number; readonly plcs: number }): Plant {
  const { seed, plcs } = options;
  if (!Number.isInteger(plcs) || plcs < 1 || plcs > MAX_PLCS)
    throw new SimulatorError(
      'bad-option',
      `a plant has 1 to ${MAX_PLCS} PLCs, not ${plcs}`,
      'Give --plcs a whole number in that range.',
    );
  const key = childKey(rootKey(seed), 'plant');
  const random = generator(key);
  const network = `10.${integer(random, 16, 199)}`;
  return {
    seed,
    key,
    network,
    plcs: Array.from({ length: plcs }, (_, index) => buildPlc(key, network, index)),
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

function host(role: Host['role'], name: string, address: string, vendor: string, stack: Host['stack']): Host {
  return { role, name, address, vendor, stack };
}

/** Every address that the plant itself uses. */
export function plantAddresses(plant: Plant): ReadonlySet<string> {
  return new Set(
    [...plant.plcs, plant.scada, plant.hmi, plant.historian, plant.engineering].map((h) => h.address),
  );
}
