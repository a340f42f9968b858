import { z } from 'zod';
import { askedFunction, exceptionTo } from '../../../features/askedFunction.js';
import { Memory } from '../../../features/memory.js';
import type { OtRecord } from '../../../features/otRecord.js';
import { describeRelation, groupKey } from '../../../features/relation.js';
import { isoOf } from '../../../isoTime.js';
import type { Model } from '../../artifact.js';
import type { Known } from '../../known.js';
import { scoreOf } from '../../scale.js';
import type { Chart, MakeChart } from '../detector.js';

/** Checkpoints of earlier versions have the first two alone. */
const stateSchema = z.array(
  z.tuple([
    z.string(),
    z.tuple([z.number(), z.number(), z.number().optional(), z.number().optional(), z.number().optional()]),
  ]),
);

/** Sum, time (s) of its newest row, the time since which it has been above zero, and rows and exceptions since then. */
type Sum = readonly [
  sum: number,
  ts: number,
  since?: number | undefined,
  rows?: number | undefined,
  exceptions?: number | undefined,
];

/**
 * h of the log-likelihood ratio: ln 10⁶, so that exceptions at the baseline's own rate reach it once in about a
 * million rows (Wald's bound for the sequential probability ratio test).
 */
const LIMIT = Math.log(1e6);
const LIMITS_AT_MOST = 2;
/** What is called abnormal: half of all answers, or ten times the usual share if that is more. */
const ABNORMAL_SHARE = 0.5;
const ABNORMAL_TIMES = 10;
const ABNORMAL_AT_MOST = 0.95;

/** More than that in a row of rows is told of whatever the source's relations had in an hour. */
const USUAL_AT_MOST = 10;

/**
 * Exception responses: a CUSUM of the log-likelihood ratio between the baseline's share of exceptions and one far
 * above it. A scan of registers or a device in trouble answers with exceptions within seconds. They come in company, which the
 * ratio doesn't know: as many as any relation of the same source had in an hour of the baseline are told of by nobody.
 */
export const exceptions: MakeChart = (model: Model, known: Known): Chart => {
  /** by relation and function code */
  const sums = new Memory<Sum>();
  const mostOf = mostBySource(model.baseline.exceptions);
  const keyFor = (record: OtRecord) =>
    groupKey({ ...record, functionCode: askedFunction(record.functionCode) });
  const keyOf = known.once(keyFor);
  const usualOf = known.once((record) => {
    const key = keyFor(record); // remembered only where the baseline knows it
    const counted = [key, exceptionTo(key)].flatMap((one) =>
      Object.hasOwn(model.baseline.exceptions, one) ? (model.baseline.exceptions[one] ?? []) : [],
    );
    if (counted.length === 0) return undefined;
    const rows = counted.reduce((sum, one) => sum + one.rows, 0);
    const refused = counted.reduce((sum, one) => sum + one.exceptions, 0);
    const p0 = (refused + 0.5) / (rows + 1);
    const p1 = Math.min(ABNORMAL_AT_MOST, Math.max(ABNORMAL_SHARE, ABNORMAL_TIMES * p0));
    // Where hardly anything else was answered, no share of exceptions is abnormal.
    if (p0 >= p1) return undefined;
    const most = Math.min(USUAL_AT_MOST, mostOf.get(record.source) ?? 0);
    return { rows, exceptions: refused, most, up: Math.log(p1 / p0), down: Math.log((1 - p1) / (1 - p0)) };
  });
  return {
    name: 'exceptions',
    judge({ record, stale }) {
      const usual = usualOf(record);
      if (usual === undefined || record.kind === 'connection') return undefined;
      const key = keyOf(record);
      const course = sums.get(key) ?? ([0, Number.NEGATIVE_INFINITY] as const);
      const [before, newest] = course;
      const isException = record.exception !== undefined;
      const step = isException ? usual.up : usual.down;
      const passed = stale === true || record.ts < newest;
      const sum = passed ? before : Math.max(0, Math.min(LIMITS_AT_MOST * LIMIT, before + step));
      const [, , since = record.ts, rows = 0, found = 0] = before === 0 ? [0, 0] : course;
      const [all, refused] = passed ? [rows, found] : [rows + 1, found + (isException ? 1 : 0)];
      if (!passed) sums.set(key, [sum, record.ts, since, all, refused]);
      const score = scoreOf(sum, LIMIT);
      if (sum < LIMIT || !isException || refused <= usual.most)
        return { detector: 'exceptions', score: Math.max(score, 0), evidence: [] };
      return {
        detector: 'exceptions',
        score,
        subject: key,
        since,
        evidence: [
          {
            feature: 'exception',
            observed: `${refused} of ${all} rows (${record.exception})`,
            usual: `${usual.exceptions} of ${usual.rows} rows`,
            text:
              `${describeRelation(record)} answers ${askedFunction(record.functionCode)} with exceptions (${record.exception}): ${refused} of ` +
              `${all} rows since ${isoOf(since)}; in the baseline ${usual.exceptions} of ${usual.rows} rows did`,
          },
        ],
      };
    },
    state: () => sums.entries(),
    restore: (state) => sums.restore(stateSchema.parse(state)),
  };
};

/** Source → the most exceptions that one of its relations had of one function in one hour. */
function mostBySource(counted: Model['baseline']['exceptions']): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  for (const [key, { mostAnHour = 0 }] of Object.entries(counted)) {
    const [, , , source = ''] = key.split('|');
    most.set(source, Math.max(most.get(source) ?? 0, mostAnHour));
  }
  return most;
}
