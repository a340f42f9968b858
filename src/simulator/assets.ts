import type { Served } from './additions/addition.js';
import type { Host, HostRole } from './host.js';
import { type Plant, plantHosts } from './plant.js';

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
  'front-end': {
    type: 'front-end-processor',
    zone: 'supervisory',
    criticality: 'high',
    owner: 'network-control',
  },
  rtu: { type: 'rtu', zone: 'field', criticality: 'high', owner: 'network-control' },
  controller: { type: 'plc', zone: 'cell', criticality: 'high', owner: 'process-control' },
  'io-adapter': { type: 'remote-io', zone: 'cell', criticality: 'high', owner: 'process-control' },
  engineering: {
    type: 'engineering-workstation',
    zone: 'engineering',
    criticality: 'high',
    owner: 'engineering',
  },
};

/** The inventory of the plant: what its owners would have written down. */
export function plantAssets(plant: Plant): readonly PlantAsset[] {
  const served = [
    ...modbusDevices(plant),
    ...dnp3Devices(plant),
    ...enipDevices(plant),
    ...addedDevices(plant),
  ];
  const devices = new Set(served.map(({ device }) => device.address));
  const servedBy = (host: Host) =>
    served
      .filter(({ clients }) => clients.some(({ address }) => address === host.address))
      .map(({ device }) => device);
  const clients = plantHosts(plant).filter(({ address }) => !devices.has(address));
  return [
    ...served.map((each) => asset(each.device, [...each.clients, ...servedBy(each.device)], each)),
    ...clients.map((client) => asset(client, servedBy(client))),
  ];
}

function modbusDevices(plant: Plant): readonly Served[] {
  const { plcs, scada, hmi, engineering, historian, additions } = plant;
  const visitors = additions.flatMap((addition) => addition.visitors?.(plant) ?? []);
  return plcs.map((plc) => ({
    device: plc,
    area: plc.processArea,
    clients: [
      scada,
      hmi,
      engineering,
      ...(plc.historianReads.length > 0 ? [historian] : []),
      ...visitors.filter((visitor) => visitor.plcs.includes(plc)).map(({ host }) => host),
    ],
    safety: plc.safetyInstrumentedSystem,
    redundancyGroup: plc.redundancyGroup,
  }));
}

function addedDevices(plant: Plant): readonly Served[] {
  return plant.additions.flatMap((addition) => addition.devices?.(plant) ?? []);
}

function dnp3Devices({ dnp3, engineering }: Plant): readonly Served[] {
  if (dnp3 === undefined) return [];
  return dnp3.outstations.map((outstation) => ({
    device: outstation,
    area: outstation.processArea,
    clients: [dnp3.master, dnp3.standby, engineering],
    safety: false,
    redundancyGroup: outstation.redundancyGroup,
  }));
}

function enipDevices({ enip, scada, hmi, engineering, historian }: Plant): readonly Served[] {
  return (enip?.controllers ?? []).flatMap((controller) => {
    const shared = { area: controller.processArea, safety: false };
    const collects = controller.historianTags > 0 ? [historian] : [];
    return [
      {
        ...shared,
        device: controller,
        clients: [scada, hmi, engineering, ...collects],
        redundancyGroup: controller.redundancyGroup,
      },
      ...controller.adapters.map((device) => ({
        ...shared,
        device,
        clients: [controller],
        redundancyGroup: '',
      })),
    ];
  });
}

function asset(host: Host, partners: readonly Host[], served?: Served): PlantAsset {
  const safety = served?.safety ?? false;
  const role = ROLES[host.role];
  return {
    address: host.address,
    name: host.name,
    type: safety ? 'safety-plc' : role.type,
    vendor: host.vendor,
    zone: safety ? 'safety' : served === undefined ? role.zone : `${role.zone}-${served.area}`,
    criticality: safety ? 'critical' : role.criticality,
    safety_instrumented_system: safety,
    redundancy_group: served?.redundancyGroup ?? '',
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
