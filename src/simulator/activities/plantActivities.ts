import type { Activity } from '../activity.js';
import { dnp3Activities } from '../dnp3/site.js';
import { enipActivities } from '../enip/cell.js';
import type { Plc } from '../host.js';
import type { Plant } from '../plant.js';
import { childKey } from '../random.js';
import { DAY } from '../time.js';
import { engineering } from './engineering.js';
import { historianPolls, type PerPollRelation } from './historianPolls.js';
import { maintenance } from './maintenance.js';
import { operatorWrites } from './operatorWrites.js';
import { type PollingRelation, persistentPolling } from './persistentPolling.js';

/** How a scenario changes relations that exist; it returns those that it leaves alone. */
export type Adjust = (relation: PollingRelation) => PollingRelation;
export type AdjustCollecting = (relation: PerPollRelation) => PerPollRelation;

/** Everything that goes on in the plant by itself. */
export function plantActivities(
  plant: Plant,
  adjust: Adjust,
  adjustCollecting: AdjustCollecting,
): readonly Activity[] {
  const additions = plant.additions;
  const adjusted = (relation: PollingRelation) =>
    adjust(additions.reduce((r, addition) => addition.adjust?.(plant, r) ?? r, relation));
  const polling = plant.plcs.flatMap((plc) => [scadaPolling(plant, plc), hmiPolling(plant, plc)]);
  return [
    ...polling.map((relation) => persistentPolling(adjusted(relation))),
    ...plant.plcs
      .filter((plc) => plc.historianReads.length > 0)
      .map((plc) => historianPolls(adjustCollecting(collecting(plant, plc)))),
    ...plant.plcs.map((plc) => engineering(plant, plc)),
    ...plant.plcs.map((_, index) => maintenance(plant, index)),
    ...dnp3Activities(plant),
    ...enipActivities(plant),
    ...additions.flatMap((addition) => addition.activities?.(plant) ?? []),
  ];
}

/** The master's connection is renewed each morning and breaks down about once in five days. */
export function scadaPolling(plant: Plant, plc: Plc): PollingRelation {
  return {
    name: `scada>${plc.address}`,
    key: childKey(plc.key, 'scada'),
    client: plant.scada,
    server: plc,
    reads: plc.scadaReads,
    period: plc.scadaPeriod,
    renewedAt: [6],
    breaksEvery: 5 * DAY,
  };
}

/** The HMI's is renewed with each shift's log-on; operators write through it. */
function hmiPolling(plant: Plant, plc: Plc): PollingRelation {
  const key = childKey(plc.key, 'hmi');
  return {
    name: `hmi>${plc.address}`,
    key,
    client: plant.hmi,
    server: plc,
    reads: plc.hmiReads,
    period: plc.hmiPeriod,
    renewedAt: [6, 14, 22],
    breaksEvery: 4 * DAY,
    writes: (span) => operatorWrites(key, plc.operatorWrites, span),
  };
}

function collecting(plant: Plant, plc: Plc): PerPollRelation {
  return {
    name: `historian>${plc.address}`,
    key: childKey(plc.key, 'historian'),
    client: plant.historian,
    server: plc,
    reads: plc.historianReads,
  };
}
