import { functionClass } from '../../features/functionClass.js';
import type { Model } from '../../model/artifact.js';
import type { DriftReference } from '../../model/drift/reference.js';
import { childKey, type Key } from '../../simulator/random.js';
import { scoredLogType } from '../../zeek/scoredLogs.js';
import { type Group, groupOf, groupsOfModel } from '../group.js';
import type { FeatureCoverage, GateFloors } from '../result.js';
import { ARTICLE, dayOf } from './article.js';
import { COURSES } from './courses.js';
import { hourlyDeviation, hourlyDrift } from './hourlyDrift.js';

type Floors = Pick<GateFloors, 'drift_strict_rate' | 'drift_first_detection_day'>;

/** Series tried of one feature; of more, a seeded choice would say the same. */
const SERIES_AT_MOST = 200;
/** A mean that keeps its deviation for three hours: a shift's habits, a slow process. */
const CORRELATION_HOURS = 3;

/** Where the model under test would see the article's drift in its own series, each at the noise of its own baseline. */
export function driftCoverage(model: Model, floors: Floors, key: Key): readonly FeatureCoverage[] {
  const sequences = Object.keys(model.baseline.intervals);
  const carrying = groupsOfModel(model).filter(({ log }) => (scoredLogType(log)?.values.length ?? 0) > 0);
  const written = carrying.filter(isSetPoint);
  const charts = Object.entries(model.baseline.drift);
  const of = (feature: string) => charts.filter(([series]) => series.startsWith(`${feature}|`));
  const isWritten = ([series]: readonly [string, unknown]) =>
    isSetPoint(groupOf(series.slice('value|'.length)));
  const relations = Object.keys(model.baseline.bytes).length;
  const count = (feature: FeatureCoverage['feature'], series: number, found: typeof charts) =>
    coverageOf(feature, series, found, floors, childKey(key, feature));
  const values = of('value');
  return [
    count('origBytes', relations, of('origBytes')),
    count('respBytes', relations, of('respBytes')),
    count('interval', sequences.length, of('interval')),
    count(
      'value',
      carrying.length - written.length,
      values.filter((one) => !isWritten(one)),
    ),
    count('writtenValue', written.length, values.filter(isWritten)),
  ];
}

/** What is written and has a magnitude: a switch is on or off and can't drift. */
function isSetPoint({ protocol, functionCode }: Group): boolean {
  return functionClass(protocol, functionCode) === 'write' && !functionCode.includes('COIL');
}

function coverageOf(
  feature: FeatureCoverage['feature'],
  series: number,
  charts: readonly (readonly [string, DriftReference])[],
  floors: Floors,
  key: Key,
): FeatureCoverage {
  const tried = charts.filter((_, i) => i % Math.ceil(charts.length / SERIES_AT_MOST) === 0);
  const rates = tried.map(([name, reference]) => {
    // Values that are charted one by one are written one by one: each is drawn anew.
    const correlationHours = reference.each === 'value' ? 0 : CORRELATION_HOURS;
    const noise = { sigma: 0, wander: reference.sd, correlationHours };
    const goal = (ARTICLE.to / ARTICLE.from - 1) * Math.abs(reference.mean);
    return [1, -1].map((direction) => {
      const drift = hourlyDrift({
        reference,
        course: COURSES[0] as (typeof COURSES)[number],
        goal: direction * goal,
        deviation: hourlyDeviation(noise, {
          key: childKey(key, name, direction),
          hours: ARTICLE.days * 24,
          rowsAnHour: 1,
        }),
        envelope: { least: reference.mean - 3 * reference.sd, most: reference.mean + 3 * reference.sd },
      });
      const late =
        drift.detectionHours === null || dayOf(drift.detectionHours) > floors.drift_first_detection_day;
      // A set point that is written twice a day can't be found within its first writes.
      const enough = feature === 'writtenValue' || drift.strictRate >= floors.drift_strict_rate;
      return { rate: drift.strictRate, found: !late && enough };
    });
  });
  const covered = Math.round(
    (charts.length * rates.filter((both) => both.every(({ found }) => found)).length) /
      Math.max(1, tried.length),
  );
  const strict = rates.map((both) => Math.min(...both.map(({ rate }) => rate))).sort((a, b) => a - b);
  const all = Math.max(series, charts.length);
  return {
    feature,
    series: all,
    charted: charts.length,
    covered,
    medianStrictRate: strict[Math.floor(strict.length / 2)] ?? null,
    worstStrictRate: strict[0] ?? null,
    status: all === 0 ? 'not-logged' : covered === 0 ? 'not-covered' : covered < all ? 'partly' : 'covered',
  };
}
