import type { Activity } from '../activity.js';
import type { Host } from '../host.js';
import type { Plant } from '../plant.js';
import { childKey, type Key } from '../random.js';
import { maintainOutstation } from './maintenance.js';
import { type MasterRelation, masterPolling } from './masterPolling.js';
import { buildOutstation, type Outstation } from './outstation.js';

/** Outstations and the front-end processors that poll them. */
export interface Dnp3Site {
  readonly master: Host;
  /** Takes over when the master fails; silent until then. */
  readonly standby: Host;
  readonly outstations: readonly Outstation[];
}

export function buildDnp3Site(plantKey: Key, network: string, outstations: number): Dnp3Site {
  const frontEnd = (name: string, host: number): Host => ({
    role: 'front-end',
    name,
    address: `${network}.20.${host}`,
    vendor: 'Hitachi Energy',
    stack: 'linux',
  });
  return {
    master: frontEnd('FEP-A', 41),
    standby: frontEnd('FEP-B', 42),
    outstations: Array.from({ length: outstations }, (_, i) => buildOutstation(plantKey, network, i)),
  };
}

/** Everything that goes on between front end, engineers and outstations by itself. */
export function dnp3Activities({ dnp3, engineering, maintenance }: Plant): readonly Activity[] {
  if (dnp3 === undefined) return [];
  const { master, outstations } = dnp3;
  return [
    ...outstations.map((outstation) => masterPolling(masterRelation(master, outstation))),
    ...outstations.map((_, i) => maintainOutstation(engineering, maintenance, outstations, i)),
  ];
}

export function masterRelation(client: Host, server: Outstation): MasterRelation {
  return { name: `${client.name}>${server.address}`, key: childKey(server.key, 'master'), client, server };
}
