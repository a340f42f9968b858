import { gaussian, generator, type Key } from '../simulator/random.js';

/** How a number that a relation repeats varies without anybody's doing. */
export interface Noise {
  /** standard deviation of single values around their hour's mean */
  readonly sigma: number;
  /** standard deviation of the wandering mean */
  readonly wander: number;
  /** hours over which the mean keeps its deviation (e-folding time of its autocorrelation) */
  readonly correlationHours: number;
}

/**
 * A wandering mean: an Ornstein–Uhlenbeck process sampled each hour (exact discretisation), interpolated in between.
 *
 * @returns the deviation at a time, hours since the beginning, 0 … hours
 */
export function wanderingMean(
  key: Key,
  { wander, correlationHours }: Noise,
  hours: number,
): (hour: number) => number {
  const random = generator(key);
  const kept = correlationHours <= 0 ? 0 : Math.exp(-1 / correlationHours);
  const fresh = Math.sqrt(1 - kept ** 2);
  const path = new Float64Array(Math.ceil(hours) + 2);
  path[0] = gaussian(random);
  for (let i = 1; i < path.length; i++) path[i] = kept * (path[i - 1] as number) + fresh * gaussian(random);
  return (hour) => {
    const before = Math.max(0, Math.min(path.length - 2, Math.floor(hour)));
    const share = hour - before;
    return wander * ((path[before] as number) * (1 - share) + (path[before + 1] as number) * share);
  };
}

/**
 * Measures the noise of a series from its own rows.
 *
 * @param values in order of time; ts in seconds since the epoch
 * @returns undefined with fewer than two hours of two values each
 */
export function measureNoise(
  values: readonly { readonly ts: number; readonly value: number }[],
): (Noise & { readonly mean: number; readonly rows: number }) | undefined {
  const hours = new Map<number, number[]>();
  for (const { ts, value } of values) {
    const hour = Math.floor(ts / 3600);
    const of = hours.get(hour);
    if (of === undefined) hours.set(hour, [value]);
    else of.push(value);
  }
  const full = [...hours].filter(([, of]) => of.length >= 2).sort(([a], [b]) => a - b);
  if (full.length < 2) return undefined;
  let within = 0;
  let freedom = 0;
  let perHour = 0;
  const means = full.map(([hour, of]) => {
    const mean = average(of);
    within += of.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    freedom += of.length - 1;
    perHour += of.length / full.length;
    return { hour, mean };
  });
  const variance = within / freedom;
  const mean = average(means.map((m) => m.mean));
  const between = average(means.map((m) => (m.mean - mean) ** 2));
  // The scatter of an hour's own values is in the scatter of the means; what is left is the wandering.
  const wander = Math.sqrt(Math.max(0, between - variance / perHour));
  return {
    sigma: Math.sqrt(variance),
    wander,
    correlationHours: correlation(means, mean),
    mean,
    rows: values.length,
  };
}

function correlation(
  means: readonly { readonly hour: number; readonly mean: number }[],
  mean: number,
): number {
  let together = 0;
  let neighbours = 0;
  for (const [i, m] of means.entries()) {
    const next = means[i + 1];
    if (next?.hour !== m.hour + 1) continue;
    together += (m.mean - mean) * (next.mean - mean);
    neighbours += 1;
  }
  const variance = average(means.map((m) => (m.mean - mean) ** 2));
  const r = neighbours === 0 || variance === 0 ? 0 : together / neighbours / variance;
  return r <= 0 ? 0 : -1 / Math.log(Math.min(r, 0.99));
}

function average(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);
}
