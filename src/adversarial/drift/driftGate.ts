import { childKey, type Key } from '../../simulator/random.js';
import type { Noise } from '../noise.js';
import type { DriftVariant, GateFloors } from '../result.js';
import { ARTICLE, dayOf, POLLS_AN_HOUR } from './article.js';
import { COURSES } from './courses.js';
import { hourlyDeviation, hourlyDrift, referenceOf } from './hourlyDrift.js';

/** σ of a single poll, in the article's bytes. */
export const SIGMAS = [1, 2, 5, 10, 20] as const;
/** How far the mean wanders, as a share of σ, and for how long: the mildest and the worst of docs/decisions/0004-drift.md. */
const WANDERINGS = [
  { share: 0.1, correlationHours: 2 },
  { share: 0.3, correlationHours: 12 },
] as const;

interface Series {
  readonly name: string;
  readonly what: string;
  readonly mean: number;
  readonly goal: number;
  /** the noise that σ stands for, in the series' unit a byte */
  readonly unit: number;
}

/** The article's way, of other things: +80 % of a polling period, of a register. */
const SERIES: readonly Series[] = [
  { name: 'bytes', what: 'payload bytes', mean: ARTICLE.from, goal: ARTICLE.to - ARTICLE.from, unit: 1 },
  { name: 'interval', what: 'the polling period (s)', mean: 0.5, goal: 0.4, unit: 0.5 / ARTICLE.from },
  { name: 'register', what: 'a register', mean: 5_000, goal: 4_000, unit: 5_000 / ARTICLE.from },
];

/**
 * Drifts of other shapes and of other things, by the hour through the drift chart alone, each with its twin. The linear
 * ones over σ say how the model's rule would do at other noise than this plant's; the others run at the relation's own.
 */
export function driftVariants(
  baselineHours: number,
  own: Noise,
  floors: Pick<GateFloors, 'drift_first_detection_day'>,
  key: Key,
): readonly DriftVariant[] {
  const [bytes] = SERIES as readonly [Series, ...Series[]];
  const runs = [
    ...WANDERINGS.flatMap(({ share, correlationHours }) =>
      SIGMAS.map((sigma) => ({
        series: bytes,
        course: COURSES[0] as (typeof COURSES)[number],
        noise: { sigma, wander: share * sigma, correlationHours },
      })),
    ),
    ...SERIES.flatMap((series) => COURSES.map((course) => ({ series, course, noise: own }))),
  ];
  return runs.flatMap(({ series, course, noise }, i) => {
    const scaled = {
      ...noise,
      sigma: noise.sigma * series.unit,
      wander: noise.wander * series.unit,
      mean: series.mean,
    };
    const run = childKey(key, 'variant', i);
    const learnt = referenceOf(scaled, {
      key: childKey(run, 'baseline'),
      hours: baselineHours,
      rowsAnHour: POLLS_AN_HOUR,
    });
    if (learnt === undefined) return [];
    const drift = hourlyDrift({
      ...learnt,
      course,
      goal: series.goal,
      deviation: hourlyDeviation(scaled, {
        key: childKey(run, 'drift'),
        hours: ARTICLE.days * 24,
        rowsAnHour: POLLS_AN_HOUR,
      }),
    });
    const found =
      drift.detectionHours !== null &&
      dayOf(drift.detectionHours + course.beginsAt) <= floors.drift_first_detection_day;
    return [
      {
        name: `${series.name}-${course.name}`,
        what: `${series.what}, ${course.what}`,
        sigma: round(noise.sigma),
        wander: round(noise.wander),
        ...drift,
        passed: found && !drift.twinLatched,
      },
    ];
  });
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
