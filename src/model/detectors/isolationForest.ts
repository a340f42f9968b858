import type { ForestModel } from '../artifact.js';
import { FEATURES, type Feature, featureVector, supportVector } from '../featureVector.js';
import { RememberedScores } from '../forest/rememberedScores.js';
import { ForestScorer } from '../forest/scorer.js';
import type { Known } from '../known.js';
import { abstentionEvidence } from './abstention.js';
import type { Detector, Evidence, Observation } from './detector.js';
import { rareEvidence } from './rareEvidence.js';
import { structureEvidence } from './structureEvidence.js';

/** Measured features are reported when rarer than 1 in 100. */
const WORTH_SAYING = 2;

/**
 * The isolation forest on its decision scale: S − offset, held within −0.5 … 0.5.
 *
 * Honest note, which stands on the model card too: below the alert line it says no more than the rule "some
 * feature was never seen, or is rarer than the cut-off in its relation"; above it, it ranks combinations.
 */
export const isolationForest = (model: ForestModel, known: Known): Detector => {
  const forest = new ForestScorer(model.forest.trees, model.options.subsample);
  const scorer = new RememberedScores((row) => forest.score(row), FEATURES.length);
  const lent = new Float64Array(FEATURES.length);
  const { offset } = model.forest;
  const support = known.once((record) => supportVector(record, known));
  return {
    name: 'isolation_forest',
    needsOrder: true,
    judge(observation) {
      const row = featureVector(observation.record, observation.interval, known, support(observation.record));
      lent.set(row);
      const decision = scorer.score(lent) - offset;
      return {
        detector: 'isolation_forest',
        score: Math.max(-0.5, Math.min(0.5, decision)),
        evidence:
          decision < 0 ? [...explain(observation, row, known), ...abstentionEvidence(observation)] : [],
      };
    },
  };
};

function explain(observation: Observation, row: readonly number[], known: Known): readonly Evidence[] {
  const isRare = (feature: Feature) => (row[FEATURES.indexOf(feature)] ?? 0) >= WORTH_SAYING;
  return [
    ...structureEvidence(observation.record, known),
    ...(isRare('interval')
      ? [rareEvidence('interval', observation, known.interval(observation.record, observation.interval))]
      : []),
    ...(isRare('origBytes')
      ? [rareEvidence('origBytes', observation, known.bytes(observation.record, 'orig'))]
      : []),
    ...(isRare('respBytes')
      ? [rareEvidence('respBytes', observation, known.bytes(observation.record, 'resp'))]
      : []),
  ];
}
