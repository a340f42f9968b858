import { SimulatorError } from '../errors.js';
import { bulkRead } from './bulkRead.js';
import { cipProgramDownload } from './cipProgramDownload.js';
import { dnp3DirectOperate } from './dnp3DirectOperate.js';
import { fasterPolling } from './fasterPolling.js';
import { flood } from './flood.js';
import { historianPivot } from './historianPivot.js';
import { identityProbe } from './identityProbe.js';
import { newPlc } from './newPlc.js';
import { newPlcFlood } from './newPlcFlood.js';
import { newSource } from './newSource.js';
import { newWrite } from './newWrite.js';
import { offHoursEngineering } from './offHoursEngineering.js';
import { registerSearch } from './registerSearch.js';
import { scan } from './scan.js';
import type { Scenario } from './scenario.js';
import { secondWriter } from './secondWriter.js';
import { setPointJump } from './setPointJump.js';
import { silentMaster } from './silentMaster.js';
import { slowDriftBytes, slowDriftInterval, slowDriftSetpoint } from './slowDrift.js';
import { writeBurst } from './writeBurst.js';
import { writeElsewhere } from './writeElsewhere.js';

/** Every scenario that `--scenario` knows. */
export const SCENARIOS: readonly Scenario[] = [
  newSource,
  historianPivot,
  newWrite,
  fasterPolling,
  scan,
  newPlc,
  secondWriter,
  silentMaster,
  slowDriftInterval,
  slowDriftBytes,
  slowDriftSetpoint,
  flood,
  offHoursEngineering,
  newPlcFlood,
  identityProbe,
  registerSearch,
  bulkRead,
  writeBurst,
  writeElsewhere,
  setPointJump,
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
