import type { Moments, ZScoreModel } from '../artifact.js';
import type { Measure } from './measures.js';

/**
 * No standard deviation counts as smaller than this: a twentieth of a power of ten for structure, one histogram bin
 * (5 %) for intervals and bytes. Without it a value that never varied would make every other one infinitely odd.
 */
const LEAST_DEVIATION = 0.05;

/** How far a measure lies from its mean. */
export interface Deviation {
  readonly measure: Measure;
  /** |value − mean| / standard deviation; 0 where it can't be judged */
  readonly z: number;
  /** whose mean it was: its own relation's (or sequence's), the whole plant's, or none that could be held against it */
  readonly against: 'own' | 'plant' | 'nothing';
  readonly moments: Moments | undefined;
}

/** Holds each measure against its own relation's past where that is long enough, else against the whole plant's. */
export function deviations(
  measures: readonly Measure[],
  { own, plant }: ZScoreModel['zScore'],
): readonly Deviation[] {
  return measures.map((measure) => {
    const key = measure.key === undefined ? undefined : ownKey(measure);
    const mine = key !== undefined && Object.hasOwn(own, key) ? own[key] : undefined;
    const moments = mine ?? (Object.hasOwn(plant, measure.feature) ? plant[measure.feature] : undefined);
    if (moments === undefined) return { measure, z: 0, against: 'nothing', moments };
    const z = Math.abs(measure.value - moments.mean) / Math.max(LEAST_DEVIATION, moments.deviation);
    return { measure, z, against: mine === undefined ? 'plant' : 'own', moments };
  });
}

export function ownKey({ feature, key }: Measure): string {
  return `${feature}|${key}`;
}

/** The largest deviation of a row; 0 where none can be judged. */
export function largest(found: readonly Deviation[]): number {
  return found.reduce((most, { z }) => Math.max(most, z), 0);
}
