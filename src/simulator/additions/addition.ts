import type { PollingRelation } from '../activities/persistentPolling.js';
import type { Activity, LogName } from '../activity.js';
import type { Host, Plc } from '../host.js';
import type { Plant, PlantProtocol } from '../plant.js';

/** A device and the clients that it is meant to hear from. */
export interface Served {
  readonly device: Host;
  readonly area: string;
  readonly clients: readonly Host[];
  readonly safety: boolean;
  readonly redundancyGroup: string;
}

/** A client that comes by, and the PLCs at which it has business. */
export interface Visitor {
  readonly host: Host;
  readonly plcs: readonly Plc[];
}

/**
 * Something that a real site has and the default plant lacks, switched on by its name. It is normal: the inventory
 * names its hosts, and no label tells of it. Adding one is a file and a line in `table.ts`.
 */
export interface Addition {
  readonly name: string;
  readonly summary: string;
  readonly protocol: PlantProtocol;
  /** Devices that it brings. */
  readonly devices?: (plant: Plant) => readonly Served[];
  readonly visitors?: (plant: Plant) => readonly Visitor[];
  /** What goes on beside the plant's own activities. */
  readonly activities?: (plant: Plant) => readonly Activity[];
  /** How the plant's own relations differ. */
  readonly adjust?: (plant: Plant, relation: PollingRelation) => PollingRelation;
  /** Logs that it fills. */
  readonly logs?: readonly LogName[];
}
