import type { OtRecord } from '../../features/otRecord.js';
import { ALERT_LINE, type Model } from '../../model/artifact.js';
import { drift as driftChart } from '../../model/detectors/charts/drift.js';
import { AT_REST, advance, statistic } from '../../model/drift/cusum.js';
import { type DriftReference, driftReference, type Hour } from '../../model/drift/reference.js';
import { Known } from '../../model/known.js';
import { childKey, gaussian, generator, type Key } from '../../simulator/random.js';
import { type Noise, wanderingMean } from '../noise.js';
import { DRIFT_HOURS } from './article.js';
import type { Course } from './courses.js';

/**
 * Rows that stand for an hour. A drift chart sees of an hour its mean alone, so four rows of that mean make it take
 * the same course as the hour's thousands would, at a two-thousandth of the work: the detector's own code, no model of it.
 */
const ROWS_AN_HOUR = 4;

/** How one drift of one series fared, by the hour. Only the drift chart is asked. */
export interface HourlyDrift {
  /** share of the hours since the course began */
  readonly strictRate: number;
  /** of the hours whose mean the baseline never had */
  readonly envelopeRate: number;
  /** share at which the chart is over its limit, latch or not */
  readonly unlatchedRate: number;
  /** since the course began; null: never */
  readonly detectionHours: number | null;
  readonly twinLatched: boolean;
}

export interface HourlyDriftOptions {
  readonly reference: DriftReference;
  readonly course: Course;
  /** the drift's whole way, in the series' unit */
  readonly goal: number;
  /** deviations of the hours' means, in the series' unit */
  readonly deviation: (hour: number) => number;
  /** the hourly means that the baseline had */
  readonly envelope: { readonly least: number; readonly most: number };
}

/** Drives the real drift chart with one series, and its twin without drift. */
export function hourlyDrift(options: HourlyDriftOptions): HourlyDrift {
  const { course, goal, deviation, reference, envelope } = options;
  const meanAt = (hour: number) => reference.mean + deviation(hour) + goal * middle(course, hour);
  const flagged = chartHours(reference, DRIFT_HOURS, meanAt);
  const twin = chartHours(reference, DRIFT_HOURS, (hour) => reference.mean + deviation(hour));
  const counted = Array.from({ length: DRIFT_HOURS - course.beginsAt }, (_, i) => i + course.beginsAt);
  const outside = counted.filter((hour) => meanAt(hour) < envelope.least || meanAt(hour) > envelope.most);
  const first = counted.find((hour) => flagged[hour] === true);
  const over = overLimit(reference, DRIFT_HOURS, meanAt);
  return {
    strictRate: shareOf(counted, flagged),
    envelopeRate: shareOf(outside, flagged),
    unlatchedRate: shareOf(counted, over),
    detectionHours: first === undefined ? null : first - course.beginsAt,
    twinLatched: twin.includes(true),
  };
}

function middle({ at }: Course, hour: number): number {
  return (at(hour) + at(hour + 1)) / 2;
}

/**
 * For each hour, whether its rows are anomalies to the drift chart. A series whose values are charted one by one has
 * as many of them as its baseline had, evenly spread.
 *
 * @param meanAt mean of the hour that begins `hour` hours after the start
 */
export function chartHours(
  reference: DriftReference,
  hours: number,
  meanAt: (hour: number) => number,
): readonly boolean[] {
  const model = {
    baseline: { drift: { [SERIES]: { ...reference, rowsAnHour: ROWS_AN_HOUR } } },
  } as unknown as Model;
  const chart = driftChart(model, new Known(model.baseline));
  let anomalous = false;
  return Array.from({ length: hours }, (_, hour) => {
    const mean = meanAt(hour);
    const rows = rowsIn(hour, reference);
    for (let i = 0; i < rows; i++) {
      const ts = (hour + i / rows) * 3600;
      const part = chart.judge({ record: { ...PROBE, ts, origBytes: mean }, interval: undefined });
      anomalous = part !== undefined && part.score < ALERT_LINE;
    }
    return anomalous;
  });
}

function rowsIn(hour: number, { each, rowsAnHour }: DriftReference): number {
  return each === 'value'
    ? Math.floor((hour + 1) * rowsAnHour) - Math.floor(hour * rowsAnHour)
    : ROWS_AN_HOUR;
}

/** What the reference would be of a baseline with such noise, by the trainer's own code. */
export function referenceOf(
  noise: Noise & { readonly mean: number },
  { key, hours, rowsAnHour }: { readonly key: Key; readonly hours: number; readonly rowsAnHour: number },
): { readonly reference: DriftReference; readonly envelope: HourlyDriftOptions['envelope'] } | undefined {
  const deviation = hourlyDeviation(noise, { key, hours, rowsAnHour });
  const means: Hour[] = Array.from({ length: hours }, (_, hour) => ({
    hour,
    mean: noise.mean + deviation(hour),
    n: rowsAnHour,
  }));
  const reference = driftReference(means);
  if (reference === undefined) return undefined;
  const values = means.map(({ mean }) => mean);
  return { reference, envelope: { least: Math.min(...values), most: Math.max(...values) } };
}

/** The deviation of each hour's mean: the wandering, and what is left of single values' scatter. */
export function hourlyDeviation(
  noise: Noise,
  { key, hours, rowsAnHour }: { readonly key: Key; readonly hours: number; readonly rowsAnHour: number },
): (hour: number) => number {
  const mean = wanderingMean(childKey(key, 'mean'), noise, hours);
  const scatter = noise.sigma / Math.sqrt(Math.max(1, rowsAnHour));
  return (hour) => mean(hour + 0.5) + scatter * gaussian(generator(childKey(key, 'scatter'), hour));
}

function overLimit(
  reference: DriftReference,
  hours: number,
  meanAt: (hour: number) => number,
): readonly boolean[] {
  let cusum = AT_REST;
  return Array.from({ length: hours }, (_, hour) => {
    const over = statistic(cusum) >= reference.limit;
    cusum = advance(cusum, (meanAt(hour) - reference.mean) / reference.sd, Number.POSITIVE_INFINITY);
    return over;
  });
}

function shareOf(hours: readonly number[], flagged: readonly boolean[]): number {
  return hours.length === 0 ? 0 : hours.filter((hour) => flagged[hour] === true).length / hours.length;
}

const PROBE: OtRecord = {
  log: 'conn',
  kind: 'connection',
  ts: 0,
  uid: 'C',
  sensor: '-',
  vlan: '-',
  source: '192.0.2.1',
  sourcePort: 0,
  destination: '192.0.2.2',
  port: 502,
  protocol: 'modbus',
  unit: '-',
  functionCode: '-',
  exception: undefined,
  address: undefined,
  quantity: undefined,
  values: [],
  origBytes: 0,
  respBytes: undefined,
};
const SERIES = 'origBytes|-|-|192.0.2.1|192.0.2.2|502|modbus|-';
