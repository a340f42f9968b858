import { z } from 'zod';
import { Memory } from '../../../features/memory.js';
import { describeRelation } from '../../../features/relation.js';
import { isoOf } from '../../../isoTime.js';
import type { Model } from '../../artifact.js';
import { AT_REST, advance, type Cusum, statistic } from '../../drift/cusum.js';
import { addToHour, HOUR_SECONDS, type HourSum } from '../../drift/hourlyMean.js';
import { type DriftReference, rowsToCount } from '../../drift/reference.js';
import type { Known } from '../../known.js';
import { scoreOf } from '../../scale.js';
import {
  type Sample,
  SERIES_NAME,
  SERIES_UNIT,
  type SeriesKeys,
  samplesOf,
  seriesKeysOf,
} from '../../series.js';
import type { Chart, MakeChart, Observation, Part } from '../detector.js';

/** A chart's remembrance of one series. Times in seconds since the epoch. */
interface Course {
  readonly open: HourSum;
  readonly cusum: Cusum;
  /** mean of the last hour that was counted */
  readonly lastMean: number | undefined;
  /** when the CUSUM last left zero */
  readonly since: number | undefined;
  /** when it went over its limit; it stays so until a decision resets it */
  readonly latchedAt: number | undefined;
  /** the newest decision that reset it */
  readonly resetAt: number;
}

const time = z.number().optional();
const stateSchema = z.array(
  z.tuple([
    z.string(),
    z.strictObject({
      open: z.strictObject({ hour: z.number(), sum: z.number(), n: z.number() }),
      cusum: z.strictObject({ up: z.number(), down: z.number() }),
      lastMean: time,
      since: time,
      latchedAt: time,
      resetAt: z.number(),
    }),
  ]),
);

/** A chart goes no further than this many limits: a drift that lasts for weeks needs no larger number. */
const LIMITS_AT_MOST = 4;

/** A drift chart that people reset by a decision. */
export interface DriftChart extends Chart {
  /**
   * Sets the sum of a series back to zero, never its reference: a drift that goes on is found again.
   *
   * @param at seconds since the epoch at which the decision was made; an older one than the last changes nothing
   */
  reset(key: string, at: number): boolean;
}

/**
 * Slow drift: a two-sided CUSUM on hourly means against the baseline's, for intervals, payload bytes and the values
 * of registers. Over its limit it latches: every row of the series is an anomaly until a person's decision resets it.
 */
export const drift: MakeChart = (model: Model, known: Known): DriftChart => {
  const courses = new Memory<Course>();
  const keysOf = known.once(seriesKeysOf);
  const referencesOf = known.once((record) => references(model, seriesKeysOf(record)));

  function course({ key, feature, value }: Sample, reference: DriftReference, o: Observation): Course {
    const before = courses.get(key);
    if (o.stale === true && before !== undefined) return before;
    if (feature === 'interval' && !known.tellsRhythm(o.record, value)) return before ?? fresh(o.record.ts);
    if (reference.each === 'value') {
      const own: HourSum = { hour: o.record.ts / HOUR_SECONDS, sum: value, n: 1 };
      const charted = close(before ?? fresh(o.record.ts), own, reference);
      courses.set(key, charted);
      return charted;
    }
    const open = addToHour(before?.open, o.record.ts, value);
    let after = before ?? { ...fresh(o.record.ts), open };
    if (open !== after.open) after = { ...close(after, after.open, reference), open };
    courses.set(key, after);
    return after;
  }

  return {
    name: 'drift',
    judge(observation) {
      let lowest: Part | undefined;
      const { record, interval } = observation;
      const references = referencesOf(record);
      if (references.size === 0) return undefined;
      for (const sample of samplesOf(record, interval, keysOf(record))) {
        const reference = references.get(sample.key);
        if (reference === undefined) continue;
        const part = partOf(sample, course(sample, reference, observation), reference, observation);
        if (lowest === undefined || part.score < lowest.score) lowest = part;
      }
      return lowest;
    },
    state: () => courses.entries().map(([key, course]) => [key, { ...course, open: { ...course.open } }]),
    restore: (state) => courses.restore(stateSchema.parse(state) as [string, Course][]),
    reset(key, at) {
      const before = courses.get(key);
      if (before === undefined || at <= before.resetAt) return false;
      courses.set(key, { ...before, cusum: AT_REST, since: undefined, latchedAt: undefined, resetAt: at });
      return true;
    },
  };
};

function fresh(ts: number): Course {
  return {
    open: { hour: Math.floor(ts / HOUR_SECONDS), sum: 0, n: 0 },
    cusum: AT_REST,
    lastMean: undefined,
    since: undefined,
    latchedAt: undefined,
    resetAt: 0,
  };
}

function close(before: Course, closed: HourSum, reference: DriftReference): Course {
  if (closed.n < rowsToCount(reference.rowsAnHour)) return before;
  const mean = closed.sum / closed.n;
  const cusum = advance(
    before.cusum,
    (mean - reference.mean) / reference.sd,
    LIMITS_AT_MOST * reference.limit,
  );
  const start = closed.hour * HOUR_SECONDS;
  const moving = statistic(cusum) > 0;
  const over = statistic(cusum) >= reference.limit;
  return {
    ...before,
    cusum: before.latchedAt === undefined || over ? cusum : before.cusum,
    lastMean: mean,
    since: before.latchedAt !== undefined ? before.since : moving ? (before.since ?? start) : undefined,
    latchedAt:
      before.latchedAt ?? (over ? start + (reference.each === 'value' ? 0 : HOUR_SECONDS) : undefined),
  };
}

function partOf(sample: Sample, course: Course, reference: DriftReference, o: Observation): Part {
  const reached = Math.max(statistic(course.cusum), course.latchedAt === undefined ? 0 : reference.limit);
  const score = scoreOf(reached, reference.limit);
  if (course.latchedAt === undefined) return { detector: 'drift', score, evidence: [], subject: sample.key };
  const unit = SERIES_UNIT[sample.feature];
  const observed = inUnit(course.lastMean ?? sample.value, unit);
  const usual = `${inUnit(reference.mean, unit)} ± ${inUnit(reference.sd, unit)}`;
  const since = course.since ?? course.latchedAt;
  return {
    detector: 'drift',
    score,
    subject: sample.key,
    since,
    evidence: [
      {
        feature: sample.feature,
        observed,
        usual,
        text:
          `${SERIES_NAME[sample.feature]} drifted ${course.cusum.up >= course.cusum.down ? 'up' : 'down'} in ` +
          `${describeRelation(o.record)}: ${
            reference.each === 'value'
              ? `the last ${observed}, usual ${usual} in ${reference.hours} writes`
              : `mean of the last hour ${observed}, usual hourly mean ${usual} in ${reference.hours} hours`
          } of baseline; since about ${iso(since)}`,
      },
    ],
  };
}

function inUnit(value: number, unit: string): string {
  const digits = unit === 's' ? 3 : 1;
  return unit === '' ? value.toFixed(digits) : `${value.toFixed(digits)} ${unit}`;
}

function iso(ts: number): string {
  return isoOf(ts).replace('.000Z', 'Z');
}

/** One for all places that nobody knows: a scan brings thousands of them. */
const NO_REFERENCES: ReadonlyMap<string, DriftReference> = new Map();

/** Series key → reference, for those of a place that have one. */
function references({ baseline }: Model, keys: SeriesKeys): ReadonlyMap<string, DriftReference> {
  const all = [keys.interval, keys.origBytes, keys.respBytes, ...keys.values];
  const found = all.flatMap((key): [string, DriftReference][] => {
    const reference = Object.hasOwn(baseline.drift, key) ? baseline.drift[key] : undefined;
    return reference === undefined ? [] : [[key, reference]];
  });
  return found.length === 0 ? NO_REFERENCES : new Map(found);
}
