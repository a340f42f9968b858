import { z } from 'zod';
import { describeRelation } from '../../../features/relation.js';
import type { Model } from '../../artifact.js';
import type { Known } from '../../known.js';
import { Memory } from '../../memory.js';
import { scoreOf } from '../../scale.js';
import { type Sample, SERIES_NAME, samplesOf } from '../../series.js';
import { addSurprisal, SURPRISE_LIMIT } from '../../surprise.js';
import type { Chart, MakeChart, Part } from '../detector.js';

const stateSchema = z.array(z.tuple([z.string(), z.tuple([z.number(), z.number(), z.number()])]));

/** A sum goes no further than this many limits, so that it is back at zero soon after the traffic is. */
const LIMITS_AT_MOST = 2;

/**
 * Surprise chart: a CUSUM of −log10 p of intervals and payload bytes. Values none of which is rare enough to accuse
 * alone add up when they keep coming: another size of answers, another poller between the polls.
 */
export const surprise: MakeChart = (model: Model, known: Known): Chart => {
  /** key → sum, the time (s) since which it has been above zero, and that of its newest value */
  const sums = new Memory<Sum>();
  return {
    name: 'surprise',
    judge(observation) {
      let lowest: Part | undefined;
      for (const sample of samplesOf(observation.record, observation.interval)) {
        const surprisal = known.surprisalOf(sample, observation.record);
        if (surprisal === undefined) continue;
        const limit = limitOf(model, sample.key);
        const { ts } = observation.record;
        const before = sums.get(sample.key) ?? ([0, ts, ts] as const);
        const after = observation.stale === true ? before : next(before, surprisal, ts, limit);
        sums.set(sample.key, after);
        const part = partOf(sample, after[0], limit, after[1], describeRelation(observation.record));
        if (lowest === undefined || part.score < lowest.score) lowest = part;
      }
      return lowest;
    },
    state: () => sums.entries(),
    restore: (state) => sums.restore(stateSchema.parse(state)),
  };
};

type Sum = readonly [sum: number, since: number, newest: number];

function next([sum, since, newest]: Sum, surprisal: number, ts: number, limit: number): Sum {
  const after = Math.min(LIMITS_AT_MOST * limit, addSurprisal(sum, surprisal, ts - newest));
  return [after, sum === 0 ? ts : since, ts];
}

function limitOf(model: Model, key: string): number {
  const own = Object.hasOwn(model.baseline.surprise, key) ? model.baseline.surprise[key] : undefined;
  return own ?? SURPRISE_LIMIT;
}

function partOf({ key, feature }: Sample, sum: number, limit: number, since: number, relation: string): Part {
  const score = scoreOf(sum, limit);
  if (sum < limit) return { detector: 'surprise', score, evidence: [], subject: key };
  return {
    detector: 'surprise',
    score,
    subject: key,
    since,
    evidence: [
      {
        feature,
        observed: `surprise ${sum.toFixed(1)}`,
        usual: `below ${limit.toFixed(1)}`,
        text:
          `${SERIES_NAME[feature]} in ${relation} has kept taking unusual values since ` +
          `${new Date(since * 1000).toISOString()} (sum of −log10 p ${sum.toFixed(1)}, limit ${limit.toFixed(1)})`,
      },
    ],
  };
}
