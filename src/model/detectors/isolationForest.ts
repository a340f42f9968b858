import type { OtRecord } from '../../features/otRecord.js';
import type { Model } from '../artifact.js';
import { FEATURES, type Feature, featureVector, UNSEEN } from '../featureVector.js';
import { ForestScorer } from '../forest/scorer.js';
import type { Known } from '../known.js';
import type { Detector, Evidence, MakeDetector, Observation } from './detector.js';

/** Features of the forest that are reported when they are rarer than 1 in 100 or, for structure, seen on few days. */
const WORTH_SAYING = 2;

/**
 * The isolation forest on its decision scale: S − offset, held within −0.5 … 0.5.
 *
 * Honest note, which stands on the model card too: below the alert line it says no more than the rule "some
 * feature was never seen, or is rarer than the cut-off in its relation"; above it, it ranks combinations.
 */
export const isolationForest: MakeDetector = (model: Model, known: Known): Detector => {
  const scorer = new ForestScorer(model.forest.trees, model.options.subsample);
  const { offset } = model.forest;
  return {
    name: 'isolation_forest',
    needsOrder: true,
    judge(observation) {
      const row = featureVector(observation.record, observation.interval, known);
      const decision = scorer.score(row) - offset;
      return {
        detector: 'isolation_forest',
        score: Math.max(-0.5, Math.min(0.5, decision)),
        evidence: explain(observation, row, known),
      };
    },
  };
};

function explain(observation: Observation, row: readonly number[], known: Known): Evidence[] {
  const evidence: Evidence[] = [];
  for (const [i, feature] of FEATURES.entries()) {
    const value = row[i] ?? 0;
    if (value < WORTH_SAYING) continue;
    if (feature === 'interval') evidence.push(rareInterval(observation, known));
    else if (feature === 'origBytes' || feature === 'respBytes')
      evidence.push(rareBytes(feature, observation, known));
    else if (value === UNSEEN) evidence.push(unseen(feature, observation.record, known));
  }
  return evidence;
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
    text: `${observed} of payload from the ${who}; as rare as 1 in ${oneIn(surprisal)} of ${rows} baseline connections`,
  };
}

function unseen(feature: Feature, record: OtRecord, known: Known): Evidence {
  const observed =
    feature === 'functionCode'
      ? record.functionCode
      : feature === 'unit'
        ? record.unit
        : record[WHO[feature] ?? 'source'];
  return {
    feature,
    observed: String(observed),
    usual: 'seen in the baseline',
    daysSeen: 0,
    text: `${feature} ${String(observed)} was never seen in ${known.baseline.daysWithData} days of baseline`,
  };
}

const WHO: Partial<Record<Feature, 'source' | 'destination' | 'port'>> = {
  source: 'source',
  destination: 'destination',
  pair: 'destination',
  port: 'port',
};

function oneIn(surprisal: number): number {
  return Math.round(10 ** surprisal);
}
