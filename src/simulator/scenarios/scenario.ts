import type { Adjust, AdjustCollecting } from '../activities/plantActivities.js';
import type { Activity } from '../activity.js';
import type { Plant, PlantProtocol } from '../plant.js';
import type { Key } from '../random.js';
import type { Span } from '../time.js';

/** What a scenario did, for judging a detector: one label for each source and destination. Never in the logs. */
export interface ScenarioLabel {
  readonly scenario: string;
  /** ISO 8601, UTC. */
  readonly from: string;
  readonly to: string;
  /** Connections that are the scenario's alone, as far as they show in the logs written. */
  readonly uids: readonly string[];
  readonly source: string;
  /** An address, or a network in CIDR notation. */
  readonly destination: string;
  readonly note: string;
}

/** A label in the making: connections are added as they begin. */
export interface OpenLabel extends Omit<ScenarioLabel, 'scenario' | 'uids'> {
  readonly uids: string[];
}

export interface Stage {
  readonly plant: Plant;
  /** When the scenario begins, microseconds. */
  readonly at: number;
  /** What is simulated. */
  readonly window: Span;
  /** The scenario's own stream of random numbers. */
  readonly key: Key;
}

export interface Injection {
  readonly labels: readonly OpenLabel[];
  /** What goes on beside the plant's own activities. */
  readonly activities: readonly Activity[];
  /** How the plant's own relations change. */
  readonly adjust?: Adjust;
  readonly adjustCollecting?: AdjustCollecting;
}

/** Something that shouldn't be in the baseline. Adding one is a file and a line in `table.ts`. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** The protocol that the plant must speak for it. */
  readonly protocol: PlantProtocol;
  /** @throws SimulatorError `scenario-impossible` where the plant has nothing to do it with. */
  inject(stage: Stage): Injection;
}
