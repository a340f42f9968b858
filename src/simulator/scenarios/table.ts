import { SimulatorError } from '../errors.js';
import { cipProgramDownload } from './cipProgramDownload.js';
import { dnp3DirectOperate } from './dnp3DirectOperate.js';
import { fasterPolling } from './fasterPolling.js';
import { historianPivot } from './historianPivot.js';
import { newPlc } from './newPlc.js';
import { newSource } from './newSource.js';
import { newWrite } from './newWrite.js';
import { scan } from './scan.js';
import type { Scenario } from './scenario.js';

/** Every scenario that `--scenario` knows. */
export const SCENARIOS: readonly Scenario[] = [
  newSource,
  historianPivot,
  newWrite,
  fasterPolling,
  scan,
  newPlc,
  dnp3DirectOperate,
  cipProgramDownload,
];

/** @throws SimulatorError `unknown-scenario`, with the names that are known. */
export function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  throw new SimulatorError(
    'unknown-scenario',
    `there is no scenario "${name}"`,
    `Known scenarios: ${SCENARIOS.map((scenario) => scenario.name).join(', ')}.`,
  );
}
