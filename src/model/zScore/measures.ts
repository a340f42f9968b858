import { BYTES_AXIS, INTERVAL_AXIS } from '../../features/bins.js';
import type { OtRecord } from '../../features/otRecord.js';
import { relationKey, sequenceKey } from '../../features/relation.js';
import type { Feature, VectorOptions } from '../featureVector.js';
import { SUPPORT, supportVector, UNSEEN } from '../featureVector.js';
import type { Known } from '../known.js';

/** One feature of a row as a Z-score takes it. */
export interface Measure {
  readonly feature: Feature;
  /** on the feature's axis: −log10 of the share of days for structure, asinh for seconds and bytes */
  readonly value: number;
  /** whose own past it may be held against; structure has none, its support is a comparison with the past already */
  readonly key: string | undefined;
}

/**
 * The forest's features before they are turned into how rare they are: structure by its support, interval and
 * bytes by their value on the asinh axis that histograms use, so that a deviation is a ratio. What the row does not
 * have, or what says nothing (a missed poll), is left out.
 */
export function measuresOf(
  record: OtRecord,
  interval: number | undefined,
  known: Known,
  options: VectorOptions = {},
): readonly Measure[] {
  const neverSeen = Math.log10(2 * known.baseline.daysWithData);
  const measures: Measure[] = supportVector(record, known, options).map((support, i) => ({
    feature: SUPPORT[i] as Feature,
    value: support === UNSEEN ? neverSeen : support,
    key: undefined,
  }));
  if (interval !== undefined && known.tellsRhythm(record, interval))
    measures.push({
      feature: 'interval',
      value: Math.asinh(interval / INTERVAL_AXIS.scale),
      key: sequenceKey(record),
    });
  for (const feature of ['origBytes', 'respBytes'] as const) {
    const bytes = record[feature];
    if (bytes !== undefined)
      measures.push({ feature, value: Math.asinh(bytes / BYTES_AXIS.scale), key: relationKey(record) });
  }
  return measures;
}
