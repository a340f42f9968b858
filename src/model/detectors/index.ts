import type { MakeDetector } from './detector.js';
import { isolationForest } from './isolationForest.js';
import { novelty } from './novelty.js';

/** Every detector there is. To add one, write its file and its line here. */
export const DETECTORS: readonly MakeDetector[] = [novelty, isolationForest];
