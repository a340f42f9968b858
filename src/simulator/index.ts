/** The simulated plant: what other parts use of it. */
export {
  type Activity,
  LOG_NAMES,
  type LogName,
  type Recording,
  type SimulatedRow,
  type Thinning,
} from './activity.js';
export { ADDITIONS } from './additions/table.js';
export { type PlantAsset, plantAssets } from './assets.js';
export { SimulatorError } from './errors.js';
export { liveRows } from './liveRows.js';
export { newSourceRows } from './newSourceRows.js';
export { type SensedRow, twoSensors } from './observe/secondSensor.js';
export { buildPlant, logsOf, PLANT_PROTOCOLS, type Plant, type PlantProtocol } from './plant.js';
export type { ScenarioLabel } from './scenarios/scenario.js';
export { SCENARIOS } from './scenarios/table.js';
export { activitiesOf, type ScenarioAt, type SimulateOptions, simulatePlant } from './simulatePlant.js';
export { DEFAULT_OBSERVE_SECONDS_PER_HOUR, type Stretches } from './thinning.js';
