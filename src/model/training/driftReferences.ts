import { functionClass } from '../../features/functionClass.js';
import type { OtRecord } from '../../features/otRecord.js';
import type { Baseline } from '../artifact.js';
import { HOUR_SECONDS } from '../drift/hourlyMean.js';
import { type DriftReference, driftReference, type Hour } from '../drift/reference.js';
import { valueReference } from '../drift/valueReference.js';
import { Known } from '../known.js';
import { samplesOf, seriesKeysOf } from '../series.js';
import type { SampledRow } from './sampledRows.js';

/** Hourly means of every series of the baseline → what the drift chart holds later ones against. */
export function driftReferences(
  rows: readonly SampledRow[],
  intervals: Pick<Baseline, 'intervals'>,
): Record<string, DriftReference> {
  const known = new Known(intervals as Baseline);
  const keysOf = known.once(seriesKeysOf);
  const open = new Map<string, Moments>();
  const written = new Map<string, { readonly ts: number; readonly value: number }[]>();
  const hours = new Map<string, Hour[]>();
  const close = (key: string, { hour, n, mean, squares }: Moments) => {
    const list = hours.get(key);
    const closed = { hour, mean, n, scatter: Math.sqrt(squares / n) };
    if (list === undefined) hours.set(key, [closed]);
    else list.push(closed);
  };
  for (const { record, interval } of rows) {
    for (const { key, feature, value } of samplesOf(record, interval, keysOf(record))) {
      if (feature === 'interval' && !known.tellsRhythm(record, value)) continue;
      if (feature === 'value' && isWritten(record)) {
        const list = written.get(key);
        if (list === undefined) written.set(key, [{ ts: record.ts, value }]);
        else list.push({ ts: record.ts, value });
      }
      const hour = Math.floor(record.ts / HOUR_SECONDS);
      const before = open.get(key);
      if (before === undefined || hour > before.hour) {
        if (before !== undefined) close(key, before);
        open.set(key, { hour, n: 1, mean: value, squares: 0 });
      } else add(before, value);
    }
  }
  for (const [key, last] of open) close(key, last);
  const references: Record<string, DriftReference> = {};
  for (const key of [...hours.keys()].sort()) {
    const reference = driftReference(hours.get(key) ?? []) ?? sparseReference(written.get(key));
    if (reference !== undefined) references[key] = reference;
  }
  return references;
}

/** Set points: seldom written, and what an intruder would move. */
function sparseReference(
  values: readonly { readonly ts: number; readonly value: number }[] = [],
): DriftReference | undefined {
  const [first, last] = [values[0], values[values.length - 1]];
  if (first === undefined || last === undefined) return undefined;
  return valueReference(
    values.map(({ value }) => value),
    (last.ts - first.ts) / 3600,
  );
}

function isWritten({ protocol, functionCode }: OtRecord): boolean {
  return functionClass(protocol, functionCode) === 'write';
}

/** Running mean of an hour, and the sum of squares about it (Welford 1962). */
interface Moments {
  readonly hour: number;
  n: number;
  mean: number;
  squares: number;
}

function add(moments: Moments, value: number): void {
  moments.n += 1;
  const off = value - moments.mean;
  moments.mean += off / moments.n;
  moments.squares += off * (value - moments.mean);
}
