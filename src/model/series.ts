import { type OtRecord, VALUES_AT_MOST } from '../features/otRecord.js';
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

/** The keys of a row's series, before it is known which of them it carries. */
export interface SeriesKeys {
  readonly interval: string;
  readonly origBytes: string;
  readonly respBytes: string;
  /** by position from the row's address on */
  readonly values: readonly string[];
}

/** A function of the record's place alone (places.ts). */
export function seriesKeysOf(record: OtRecord): SeriesKeys {
  const [sequence, relation] = [sequenceKey(record), relationKey(record)];
  return {
    interval: `interval|${sequence}`,
    origBytes: `origBytes|${relation}`,
    respBytes: `respBytes|${relation}`,
    values: Array.from({ length: VALUES_AT_MOST }, (_, i) => `value|${sequence}|+${i}`),
  };
}

/**
 * The numbers of a row that can drift: the interval of its sequence (s), the payload bytes of its connection, and
 * the values of registers or bits, each by its address.
 */
export function samplesOf(
  record: OtRecord,
  interval: number | undefined,
  keys: SeriesKeys,
): readonly Sample[] {
  const samples: Sample[] = [];
  const { origBytes, respBytes } = payloadOf(record);
  const { values } = record;
  if (interval !== undefined) samples.push({ key: keys.interval, feature: 'interval', value: interval });
  if (origBytes !== undefined) samples.push({ key: keys.origBytes, feature: 'origBytes', value: origBytes });
  if (respBytes !== undefined) samples.push({ key: keys.respBytes, feature: 'respBytes', value: respBytes });
  for (const [i, key] of keys.values.entries()) {
    const value = values[i];
    if (value === undefined) break;
    samples.push({ key, feature: 'value', value });
  }
  return samples;
}

/**
 * How much a connection carried. One that carried nothing at all was opened and closed, or refused, and says nothing of how large
 * payloads are: one such among eight would move an hour's mean by an eighth, and a poll that is missed once a day is no odd size.
 */
export function payloadOf(record: OtRecord): Pick<OtRecord, 'origBytes' | 'respBytes'> {
  return record.origBytes === 0 && record.respBytes === 0 ? NO_PAYLOAD : record;
}
const NO_PAYLOAD = { origBytes: undefined, respBytes: undefined };

/** A series as a person reads it: `payload bytes from the originator`. */
export const SERIES_NAME: Readonly<Record<SeriesFeature, string>> = {
  interval: 'the interval between requests',
  origBytes: 'the payload bytes from the originator of a connection',
  respBytes: 'the payload bytes from the responder of a connection',
  value: 'the value',
};
