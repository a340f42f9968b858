import type { Model } from '../artifact.js';
import type { Known } from '../known.js';
import type { Detector, MakeDetector } from './detector.js';
import { isolationForest } from './isolationForest.js';
import { zScore } from './zScore.js';

/**
 * The detector that the model's algorithm learned. Another algorithm is another member of the union in artifact.ts
 * and another case here; one that looks at a relation's course (a sequence model) is a chart instead.
 */
export const learned: MakeDetector = (model: Model, known: Known): Detector => {
  switch (model.algorithm) {
    case 'isolation-forest':
      return isolationForest(model, known);
    case 'z-score':
      return zScore(model, known);
  }
};
