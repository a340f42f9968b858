import type { Host, HostRole, Plc } from './host.js';
import type { Plant } from './plant.js';

/** One row of the asset inventory that belongs to a simulated plant. Lists are in one string, separated by `;`. */
export interface PlantAsset {
  readonly address: string;
  readonly name: string;
  readonly type: string;
  readonly vendor: string;
  readonly zone: string;
  readonly criticality: 'low' | 'medium' | 'high' | 'critical';
  readonly safety_instrumented_system: boolean;
  readonly redundancy_group: string;
  readonly owner: string;
  readonly expected_partners: string;
}

const ROLES: Readonly<Record<HostRole, Pick<PlantAsset, 'type' | 'zone' | 'criticality' | 'owner'>>> = {
  plc: { type: 'plc', zone: 'control', criticality: 'high', owner: 'process-control' },
  scada: { type: 'scada-server', zone: 'supervisory', criticality: 'high', owner: 'process-control' },
  hmi: { type: 'hmi', zone: 'supervisory', criticality: 'medium', owner: 'operations' },
  historian: { type: 'historian', zone: 'operations-management', criticality: 'medium', owner: 'ot-it' },
  engineering: {
    type: 'engineering-workstation',
    zone: 'engineering',
    criticality: 'high',
    owner: 'engineering',
  },
};

/** The inventory of the plant: what its owners would have written down. */
export function plantAssets(plant: Plant): readonly PlantAsset[] {
  const clients = [plant.scada, plant.hmi, plant.historian, plant.engineering];
  return [
    ...plant.plcs.map((plc) => asset(plc, partnersOf(plant, plc), plc)),
    ...clients.map((client) =>
      asset(
        client,
        plant.plcs.filter((plc) => partnersOf(plant, plc).includes(client)),
      ),
    ),
  ];
}

/** The clients that a PLC is meant to hear from. */
function partnersOf(plant: Plant, plc: Plc): readonly Host[] {
  const historian = plc.historianReads.length > 0 ? [plant.historian] : [];
  return [plant.scada, plant.hmi, plant.engineering, ...historian];
}

function asset(host: Host, partners: readonly Host[], plc?: Plc): PlantAsset {
  const safety = plc?.safetyInstrumentedSystem ?? false;
  const role = ROLES[host.role];
  return {
    address: host.address,
    name: host.name,
    type: safety ? 'safety-plc' : role.type,
    vendor: host.vendor,
    zone: safety ? 'safety' : plc === undefined ? role.zone : `${role.zone}-${plc.processArea}`,
    criticality: safety ? 'critical' : role.criticality,
    safety_instrumented_system: safety,
    redundancy_group: plc?.redundancyGroup ?? '',
    owner: role.owner,
    expected_partners: partners.map((partner) => partner.address).join(';'),
  };
}

/** The inventory as a CSV file with a header; no value of a plant needs quoting. */
export function assetsCsv(plant: Plant): string {
  const assets = plantAssets(plant);
  const columns = Object.keys(assets[0] ?? {}) as (keyof PlantAsset)[];
  const lines = assets.map((asset) => columns.map((column) => String(asset[column])).join(','));
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}
