import type { EvasionAttack } from './evasion.js';
import { jitteredIntervals } from './jitteredIntervals.js';
import { lowAndSlow } from './lowAndSlow.js';
import { mimicry } from './mimicry.js';
import { newFunctionCode } from './newFunctionCode.js';
import { secondConnection } from './secondConnection.js';
import { setPointJump } from './setPointJump.js';
import { slowScan } from './slowScan.js';
import { writeElsewhere } from './writeElsewhere.js';

export const EVASIONS: readonly EvasionAttack[] = [
  newFunctionCode,
  mimicry,
  slowScan,
  writeElsewhere,
  setPointJump,
  lowAndSlow,
  jitteredIntervals,
  secondConnection,
];
