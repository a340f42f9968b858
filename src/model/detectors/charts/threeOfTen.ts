import { z } from 'zod';
import { Memory } from '../../../features/memory.js';
import { describeRelation, relationKey, sequenceKey } from '../../../features/relation.js';
import { answerBin, answerRatio } from '../../answers.js';
import type { Model } from '../../artifact.js';
import { Histogram } from '../../histogram.js';
import type { Known } from '../../known.js';
import { addHit, addInterval, HITS, hits, type Run, WINDOW } from '../../runRule.js';
import { scoreOf } from '../../scale.js';
import type { Chart, MakeChart, Observation, Part } from '../detector.js';

/** Checkpoints of earlier versions have no interval, or the last one. */
const stateSchema = z.array(
  z.tuple([z.string(), z.tuple([z.number().int(), z.number(), z.number().optional()])]),
);

/** sequence, or `answers|` and a relation → the last ten, the time (s) of the first of them that hit, and the odd interval (s) of a run */
type Runs = Memory<readonly [bits: number, since: number, odd?: number | undefined]>;
type JudgePart = (observation: Observation) => Part | undefined;

/**
 * 3 of 10 (more where a sequence is fast, or its odd intervals come together): a changed rhythm within a few requests, or answers of another size within a few connections, where one odd
 * interval or answer alone says nothing.
 */
export const threeOfTen: MakeChart = (model: Model, known: Known): Chart => {
  const runs: Runs = new Memory();
  const [ofIntervals, ofAnswers] = [intervalRuns(model, known, runs), answerRuns(model, known, runs)];
  return {
    name: 'three_of_ten',
    judge(observation) {
      const interval = ofIntervals(observation);
      if (observation.record.kind !== 'connection') return interval;
      const answer = ofAnswers(observation);
      if (interval === undefined || answer === undefined) return interval ?? answer;
      return answer.score < interval.score ? answer : interval;
    },
    state: () => runs.entries(),
    restore: (state) => runs.restore(stateSchema.parse(state)),
  };
};

/** @returns how many of the last ten hit, and since when (s) */
function run(
  runs: Runs,
  key: string,
  { record, stale }: Observation,
  add: (before: Run) => Run,
): readonly [number, number] {
  const [before, since, oddBefore] = runs.get(key) ?? [0, record.ts];
  if (stale === true) return [hits(before), since];
  const { bits, odd } = add({ bits: before, odd: oddBefore });
  const began = before === 0 ? record.ts : since;
  runs.set(key, odd === undefined ? [bits, began] : [bits, began, odd]);
  return [hits(bits), began];
}

function intervalRuns(model: Model, known: Known, runs: Runs): JudgePart {
  const keyOf = known.once(sequenceKey);
  const ruleOf = known.once((record) => {
    const key = sequenceKey(record);
    const { intervals } = model.baseline;
    const sequence = Object.hasOwn(intervals, key) ? intervals[key] : undefined;
    if (sequence === undefined || sequence.runCutOff === null) return undefined;
    return { cutOff: sequence.runCutOff, needed: sequence.runHits ?? HITS };
  });
  return (observation) => {
    const { record, interval } = observation;
    if (interval === undefined) return undefined;
    const rule = ruleOf(record);
    if (rule === undefined) return undefined;
    const { cutOff, needed } = rule;
    const surprise = known.interval(record, interval);
    if (!surprise.judged) return undefined;
    const key = keyOf(record);
    const isOdd = surprise.rarity >= cutOff;
    const isOddMean = (mean: number) => known.interval(record, mean).rarity >= cutOff;
    const [n, began] = run(runs, key, observation, (before) =>
      addInterval(before, interval, isOdd, isOddMean),
    );
    const score = scoreOf(n, needed);
    if (n < needed) return { detector: 'three_of_ten', score, subject: key, evidence: [] };
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
  };
}

/** Bytes of answer for each byte asked (answers.ts): a hit is a ratio that none of the baseline's connections had. */
function answerRuns(model: Model, known: Known, runs: Runs): JudgePart {
  const { answers = {} } = model.baseline;
  const habitOf = known.once((record) => {
    const key = relationKey(record);
    const habit = Object.hasOwn(answers, key) ? answers[key] : undefined;
    return habit === undefined
      ? undefined
      : { ...habit, key: `answers|${key}`, past: new Histogram(habit.bins) };
  });
  return (observation) => {
    const { record } = observation;
    const ratio = answerRatio(record);
    const habit = habitOf(record);
    if (ratio === undefined || habit === undefined) return undefined;
    const { past, median, key, n: rows } = habit;
    const bin = answerBin(ratio);
    const [n, began] = run(runs, key, observation, ({ bits }) => ({
      bits: addHit(bits, past.isUnseen(bin)),
    }));
    const part = { detector: 'three_of_ten', score: scoreOf(n, habit.hits), subject: key };
    if (n < habit.hits) return { ...part, evidence: [] };
    const observed = `${record.respBytes} bytes for ${record.origBytes} asked (${ratio.toFixed(2)} a byte)`;
    const usual = `${median.toFixed(2)} bytes a byte asked (median of ${rows} connections)`;
    return {
      ...part,
      since: began,
      evidence: [
        {
          feature: 'respBytes',
          observed,
          usual,
          surprisal: past.surprisal(bin),
          text:
            `${n} of the last ${WINDOW} answered connections of ${describeRelation(record)} got answers of a size that ` +
            `none of ${rows} in the baseline got; the last ${observed}, usual ${usual}`,
        },
      ],
    };
  };
}
