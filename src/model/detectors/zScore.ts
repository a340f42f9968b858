import { BYTES_AXIS, INTERVAL_AXIS } from '../../features/bins.js';
import type { ZScoreModel } from '../artifact.js';
import type { Known } from '../known.js';
import { scoreOf } from '../scale.js';
import { type Deviation, deviations, largest } from '../zScore/deviation.js';
import { measuresOf } from '../zScore/measures.js';
import { abstentionEvidence } from './abstention.js';
import type { Detector, Evidence, Observation } from './detector.js';
import { structureEvidence } from './structureEvidence.js';

/**
 * The Z-score of the feature that is furthest from its mean, counted in standard deviations: the simple model that
 * the forest is held against. It takes features one by one, and a mean with two humps hides what lies between them.
 */
export const zScore = (model: ZScoreModel, known: Known): Detector => ({
  name: 'z_score',
  needsOrder: true,
  judge(observation) {
    const { record, interval } = observation;
    const found = deviations(measuresOf(record, interval, known), model.zScore);
    const score = scoreOf(largest(found), model.zScore.limit);
    return {
      detector: 'z_score',
      score,
      evidence: score < 0 ? [...explain(observation, found, model, known)] : [],
    };
  },
});

function* explain(
  observation: Observation,
  found: readonly Deviation[],
  { zScore: { limit } }: ZScoreModel,
  known: Known,
): Generator<Evidence> {
  yield* structureEvidence(observation.record, known);
  for (const deviation of found) {
    if (deviation.z >= limit / 2) yield* inWords(deviation);
  }
  yield* abstentionEvidence(observation);
}

/** Rare structure that was seen is told by its support; what was never seen, `structureEvidence` tells. */
function* inWords({ measure: { feature, value }, z, against, moments }: Deviation): Generator<Evidence> {
  if (moments === undefined) return;
  const axis = AXES[feature as keyof typeof AXES];
  const told = (v: number) =>
    axis === undefined
      ? `seen on 1 day in ${(10 ** v).toPrecision(2)}`
      : `${(axis.scale * Math.sinh(v)).toPrecision(3)} ${axis.unit}`;
  const whose = against === 'own' ? 'of its own past' : 'of the whole plant (too few rows of its own)';
  yield {
    feature,
    observed: told(value),
    usual: `${told(moments.mean)} (mean)`,
    text: `${feature} ${told(value)} lies ${z.toFixed(1)} standard deviations from the mean ${told(moments.mean)} ${whose}, ${moments.n} rows`,
  };
}

const AXES = {
  interval: { ...INTERVAL_AXIS, unit: 's' },
  origBytes: { ...BYTES_AXIS, unit: 'bytes' },
  respBytes: { ...BYTES_AXIS, unit: 'bytes' },
} as const;
