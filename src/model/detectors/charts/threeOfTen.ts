import { z } from 'zod';
import { Memory } from '../../../features/memory.js';
import { describeRelation, sequenceKey } from '../../../features/relation.js';
import type { Model } from '../../artifact.js';
import type { Known } from '../../known.js';
import { addHit, HITS, hits, WINDOW } from '../../runRule.js';
import { scoreOf } from '../../scale.js';
import type { Chart, MakeChart } from '../detector.js';

const stateSchema = z.array(z.tuple([z.string(), z.tuple([z.number().int(), z.number()])]));

/** 3-of-10 on intervals: a changed rhythm within a few requests, where one odd interval alone says nothing. */
export const threeOfTen: MakeChart = (model: Model, known: Known): Chart => {
  /** sequence → the last ten, and the time (s) of the first of them that hit */
  const runs = new Memory<readonly [bits: number, since: number]>();
  const keyOf = known.once(sequenceKey);
  const cutOffOf = known.once((record) => {
    const key = keyOf(record);
    return Object.hasOwn(model.baseline.intervals, key)
      ? model.baseline.intervals[key]?.runCutOff
      : undefined;
  });
  return {
    name: 'three_of_ten',
    judge({ record, interval, stale }) {
      if (interval === undefined) return undefined;
      const key = keyOf(record);
      const cutOff = cutOffOf(record);
      if (cutOff === undefined || cutOff === null) return undefined;
      const surprise = known.interval(record, interval);
      if (!surprise.judged) return undefined;
      const [bits, since] = runs.get(key) ?? [0, record.ts];
      const after = stale === true ? bits : addHit(bits, surprise.surprisal >= cutOff);
      const began = bits === 0 ? record.ts : since;
      runs.set(key, [after, began]);
      const n = hits(after);
      const score = scoreOf(n, HITS);
      if (n < HITS) return { detector: 'three_of_ten', score, evidence: [], subject: key };
      const usual = surprise.usual === undefined ? 'unknown' : `${surprise.usual.toFixed(3)} s (median)`;
      return {
        detector: 'three_of_ten',
        score,
        subject: key,
        since: began,
        evidence: [
          {
            feature: 'interval',
            observed: `${interval.toFixed(3)} s`,
            usual,
            surprisal: surprise.surprisal,
            text:
              `${n} of the last ${WINDOW} intervals of ${record.functionCode} in ${describeRelation(record)} are ` +
              `rarer than 1 in ${Math.round(10 ** cutOff)}; the last is ${interval.toFixed(3)} s, usual is ${usual}`,
          },
        ],
      };
    },
    state: () => runs.entries(),
    restore: (state) => runs.restore(stateSchema.parse(state)),
  };
};
