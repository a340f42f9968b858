import type { Recording, SimulatedRow } from './activity.js';
import { mergeSteps } from './mergeSteps.js';
import { newSourceRows } from './newSourceRows.js';
import type { Plant, PlantProtocol } from './plant.js';
import { childKey } from './random.js';
import { cipProgramDownload, DOWNLOAD_SERVICES } from './scenarios/cipProgramDownload.js';
import { dnp3DirectOperate } from './scenarios/dnp3DirectOperate.js';
import type { Scenario } from './scenarios/scenario.js';
import { fromSeconds } from './time.js';

/** What is shown live of each protocol: a scenario, and those of its rows that its plant never had. */
const LIVE: Readonly<
  Record<
    Exclude<PlantProtocol, 'modbus'>,
    { readonly scenario: Scenario; readonly isNew: (row: SimulatedRow) => boolean }
  >
> = {
  // Whatever an unknown master does is new.
  dnp3: { scenario: dnp3DirectOperate, isNew: ({ log }) => log !== 'conn' },
  enip: {
    scenario: cipProgramDownload,
    isNew: ({ log, row }) => log === 'cip' && DOWNLOAD_SERVICES.has(String(row['cip_service'])),
  },
};

/**
 * At most `count` rows of something that never happened in the plant, in the order in which Zeek writes them: a new
 * source on Modbus (exactly `count`), a new master on DNP3, a program download on EtherNet/IP.
 *
 * @param options.at seconds since the epoch; @param options.seed another seed is another source
 */
export function liveRows(options: {
  readonly plant: Plant;
  readonly protocol: PlantProtocol;
  readonly at: number;
  readonly count: number;
  readonly seed: number;
}): readonly Pick<SimulatedRow, 'log' | 'row'>[] {
  const { plant, protocol, at, count, seed } = options;
  if (protocol === 'modbus') return newSourceRows(options);
  const { scenario, isNew } = LIVE[protocol];
  const window = { from: 0, to: Number.POSITIVE_INFINITY };
  const key = childKey(plant.key, 'live', scenario.name, seed);
  const { activities } = scenario.inject({ plant, at: fromSeconds(at), window, key });
  const recording: Recording = {
    ...window,
    thinning: { observeSecondsPerHour: 3600 },
    logs: new Set(),
  };
  return [...mergeSteps(activities.map((activity) => activity.steps(recording)))]
    .filter(isNew)
    .slice(0, count)
    .map(({ log, row }) => ({ log, row }));
}
