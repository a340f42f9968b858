import { drift } from './charts/drift.js';
import { exceptions } from './charts/exceptions.js';
import { fanOut } from './charts/fanOut.js';
import { surprise } from './charts/surprise.js';
import { threeOfTen } from './charts/threeOfTen.js';
import { writeRate } from './charts/writeRate.js';
import type { MakeChart, MakeDetector } from './detector.js';
import { histogram } from './histogram.js';
import { hourOfWeek } from './hourOfWeek.js';
import { learned } from './learned.js';
import { novelty } from './novelty.js';
import { writtenAddress } from './writtenAddress.js';
import { writtenValue } from './writtenValue.js';

/** Every detector that looks at one record. To add one, write its file and its line here. */
export const DETECTORS: readonly MakeDetector[] = [
  novelty,
  writtenAddress,
  writtenValue,
  learned,
  histogram,
  hourOfWeek,
];

/** Every detector that looks at a relation's course. Silence is one more, driven by the clock: scoring/silenceWatch.ts. */
export const CHARTS: readonly MakeChart[] = [surprise, drift, threeOfTen, fanOut, exceptions, writeRate];
