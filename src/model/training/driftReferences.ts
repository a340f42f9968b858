import { functionClass } from '../../features/functionClass.js';
import type { OtRecord } from '../../features/otRecord.js';
import type { Baseline } from '../artifact.js';
import { addToHour, type HourSum } from '../drift/hourlyMean.js';
import { type DriftReference, driftReference, type Hour } from '../drift/reference.js';
import { valueReference } from '../drift/valueReference.js';
import { Known } from '../known.js';
import { samplesOf } from '../series.js';
import type { SampledRow } from './sampledRows.js';

/** Hourly means of every series of the baseline → what the drift chart holds later ones against. */
export function driftReferences(
  rows: readonly SampledRow[],
  intervals: Pick<Baseline, 'intervals'>,
): Record<string, DriftReference> {
  const known = new Known(intervals as Baseline);
  const open = new Map<string, HourSum>();
  const written = new Map<string, { readonly ts: number; readonly value: number }[]>();
  const hours = new Map<string, Hour[]>();
  const close = (key: string, { hour, sum, n }: HourSum) => {
    const list = hours.get(key);
    const mean = { hour, mean: sum / n, n };
    if (list === undefined) hours.set(key, [mean]);
    else list.push(mean);
  };
  for (const { record, interval } of rows) {
    for (const { key, feature, value } of samplesOf(record, interval)) {
      if (feature === 'interval' && !known.tellsRhythm(record, value)) continue;
      if (feature === 'value' && isWritten(record)) {
        const list = written.get(key);
        if (list === undefined) written.set(key, [{ ts: record.ts, value }]);
        else list.push({ ts: record.ts, value });
      }
      const next = addToHour(open.get(key), record.ts, value);
      open.set(key, next.open);
      if (next.closed !== undefined) close(key, next.closed);
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
