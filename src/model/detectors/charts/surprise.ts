import { z } from 'zod';
import { Memory } from '../../../features/memory.js';
import type { OtRecord } from '../../../features/otRecord.js';
import { describeRelation } from '../../../features/relation.js';
import { isoOf } from '../../../isoTime.js';
import type { Model } from '../../artifact.js';
import type { Known } from '../../known.js';
import { scoreOf } from '../../scale.js';
import {
  type Sample,
  SERIES_NAME,
  SERIES_UNIT,
  type SeriesFeature,
  type SeriesKeys,
  samplesOf,
  seriesKeysOf,
} from '../../series.js';
import { addSurprisal } from '../../surprise.js';
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
  const keysOf = known.once(seriesKeysOf);
  const limitsOf = known.once((record) => limits(model, seriesKeysOf(record)));
  return {
    name: 'surprise',
    judge({ record, interval, stale }) {
      let lowest: Part | undefined;
      const limitOf = limitsOf(record);
      if (limitOf === undefined) return undefined;
      for (const sample of samplesOf(record, interval, keysOf(record))) {
        const limit = limitOf[sample.feature];
        if (limit === undefined) continue;
        const surprisal = known.surprisalOf(sample, record);
        if (surprisal === undefined) continue;
        const { ts } = record;
        const before = sums.get(sample.key) ?? ([0, ts, ts] as const);
        const after = stale === true ? before : next(before, surprisal, ts, limit);
        sums.set(sample.key, after);
        const part = partOf(sample, after, limit, () => known.usualOf(sample, record), record);
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

type Limits = Readonly<Record<SeriesFeature, number | undefined>>;

/** Of each series of a place that is charted; undefined: none is. */
function limits({ baseline }: Model, keys: SeriesKeys): Limits | undefined {
  const limitOf = (key: string) =>
    Object.hasOwn(baseline.surprise, key) ? baseline.surprise[key] : undefined;
  const [interval, origBytes, respBytes] = [keys.interval, keys.origBytes, keys.respBytes].map(limitOf);
  if (interval === undefined && origBytes === undefined && respBytes === undefined) return undefined;
  return { interval, origBytes, respBytes, value: undefined };
}

function partOf(
  { key, feature, value }: Sample,
  [sum, since]: Sum,
  limit: number,
  usualOf: () => number | undefined,
  record: OtRecord,
): Part {
  const score = scoreOf(sum, limit);
  if (sum < limit) return { detector: 'surprise', score, evidence: [], subject: key };
  const median = usualOf();
  const observed = inUnit(value, feature);
  const usual = median === undefined ? 'unknown' : `about ${inUnit(median, feature)} (median)`;
  return {
    detector: 'surprise',
    score,
    subject: key,
    since,
    evidence: [
      {
        feature,
        observed,
        usual,
        text:
          `${SERIES_NAME[feature]} in ${describeRelation(record)} has kept taking unusual values since ` +
          `${isoOf(since)}: the last ${observed}, usual ${usual}; ` +
          `their surprise adds up to ${sum.toFixed(1)} (−log10 p), and ${limit.toFixed(1)} is the limit`,
      },
    ],
  };
}

function inUnit(value: number, feature: SeriesFeature): string {
  return feature === 'interval' ? `${value.toFixed(3)} s` : `${Math.round(value)} ${SERIES_UNIT[feature]}`;
}
