import type { Model } from '../artifact.js';
import { FEATURES, type Feature, featureVector } from '../featureVector.js';
import { RememberedScores } from '../forest/rememberedScores.js';
import { ForestScorer } from '../forest/scorer.js';
import type { Known } from '../known.js';
import { abstentionEvidence } from './abstention.js';
import type { Detector, Evidence, MakeDetector, Observation } from './detector.js';
import { structureEvidence } from './structureEvidence.js';

/** Measured features are reported when rarer than 1 in 100. */
const WORTH_SAYING = 2;

/**
 * The isolation forest on its decision scale: S − offset, held within −0.5 … 0.5.
 *
 * Honest note, which stands on the model card too: below the alert line it says no more than the rule "some
 * feature was never seen, or is rarer than the cut-off in its relation"; above it, it ranks combinations.
 */
export const isolationForest: MakeDetector = (model: Model, known: Known): Detector => {
  const forest = new ForestScorer(model.forest.trees, model.options.subsample);
  const scorer = new RememberedScores((row) => forest.score(row), FEATURES.length);
  const { offset } = model.forest;
  return {
    name: 'isolation_forest',
    needsOrder: true,
    judge(observation) {
      const row = featureVector(observation.record, observation.interval, known);
      const decision = scorer.score(Float64Array.from(row)) - offset;
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
    ...(isRare('interval') ? [rareInterval(observation, known)] : []),
    ...(isRare('origBytes') ? [rareBytes('origBytes', observation, known)] : []),
    ...(isRare('respBytes') ? [rareBytes('respBytes', observation, known)] : []),
  ];
}

function rareInterval({ record, interval }: Observation, known: Known): Evidence {
  const { surprisal, usual, rows } = known.interval(record, interval);
  const observed = `${(interval ?? 0).toFixed(3)} s`;
  const expected = usual === undefined ? 'unknown' : `${usual.toFixed(3)} s (median)`;
  return {
    feature: 'interval',
    observed,
    usual: expected,
    surprisal,
    text: `${observed} since the previous request of this sequence; usual is ${expected}; as rare as 1 in ${oneIn(surprisal)} of ${rows} baseline rows`,
  };
}

function rareBytes(feature: 'origBytes' | 'respBytes', { record }: Observation, known: Known): Evidence {
  const side = feature === 'origBytes' ? 'orig' : 'resp';
  const { surprisal, rows } = known.bytes(record, side);
  const observed = `${side === 'orig' ? record.origBytes : record.respBytes} bytes`;
  const who = side === 'orig' ? 'originator' : 'responder';
  return {
    feature,
    observed,
    usual: `the sizes of ${rows} baseline connections`,
    surprisal,
    text: `${observed} from the ${who}; as rare as 1 in ${oneIn(surprisal)} of ${rows} baseline connections`,
  };
}

function oneIn(surprisal: number): number {
  return Math.round(10 ** surprisal);
}
