import type { OtRecord } from '../features/otRecord.js';
import { relationKey, sequenceKey } from '../features/relation.js';

/** The numbers that a relation repeats, and what each is counted in. */
export const SERIES_UNIT = { interval: 's', origBytes: 'bytes', respBytes: 'bytes', value: '' } as const;
export type SeriesFeature = keyof typeof SERIES_UNIT;

/** One number of one row, and the series it belongs to. */
export interface Sample {
  readonly key: string;
  readonly feature: SeriesFeature;
  readonly value: number;
}

/**
 * The numbers of a row that can drift: the interval of its sequence (s), the payload bytes of its connection, and
 * the values of registers or bits, each by its address.
 */
export function samplesOf(record: OtRecord, interval: number | undefined): readonly Sample[] {
  const samples: Sample[] = [];
  if (interval !== undefined)
    samples.push({ key: `interval|${sequenceKey(record)}`, feature: 'interval', value: interval });
  if (record.origBytes !== undefined)
    samples.push({ key: `origBytes|${relationKey(record)}`, feature: 'origBytes', value: record.origBytes });
  if (record.respBytes !== undefined)
    samples.push({ key: `respBytes|${relationKey(record)}`, feature: 'respBytes', value: record.respBytes });
  for (const [i, value] of record.values.entries())
    samples.push({ key: `value|${sequenceKey(record)}|+${i}`, feature: 'value', value });
  return samples;
}

/** A series as a person reads it: `payload bytes from the originator`. */
export const SERIES_NAME: Readonly<Record<SeriesFeature, string>> = {
  interval: 'the interval between requests',
  origBytes: 'the payload bytes from the originator of a connection',
  respBytes: 'the payload bytes from the responder of a connection',
  value: 'the value',
};
