import type { OtRecord } from '../features/otRecord.js';
import type { StructureLevel } from '../features/relation.js';
import type { Known, Surprise } from './known.js';

/** The forest's columns, in order. */
export const FEATURES = [
  'source',
  'destination',
  'pair',
  'port',
  'unit',
  'functionCode',
  'interval',
  'origBytes',
  'respBytes',
] as const;
export type Feature = (typeof FEATURES)[number];

export const SUPPORT: readonly StructureLevel[] = [
  'source',
  'destination',
  'pair',
  'port',
  'unit',
  'functionCode',
];

/**
 * λ: the value of a feature that the baseline never saw. It has to stand far outside every tree's box
 * (boxes span a few units) for the padding of scorer.ts to cut the row off at the root.
 */
export const UNSEEN = 100_000;

export interface VectorOptions {
  /** true for a row of the baseline itself: its own day is left out of the support */
  readonly leaveOutOwnDay?: boolean;
}

/**
 * What the forest sees of a record: one number a feature, 0 for the most usual value, higher for rarer ones.
 *
 * - structure: −log10 of the share of baseline days on which it was seen; UNSEEN if never.
 *   A part that the log doesn't carry counts as usual (0).
 * - interval, bytes: −log10 p against the sequence's or relation's own past; UNSEEN beyond the key's cut-off.
 *
 * Baseline rows count the other days only ("leave one day out"), or nothing in training would ever look rare;
 * what was seen on one day alone counts as half a day, not as UNSEEN: a share of UNSEEN rows over the
 * contamination would push the offset to −1, and then nothing could ever alert.
 *
 * @param support `supportVector` of the record, where it is at hand
 */
export function featureVector(
  record: OtRecord,
  interval: number | undefined,
  known: Known,
  support: readonly number[] = supportVector(record, known),
): number[] {
  const row = support.slice();
  row.push(
    rarityOf(known.interval(record, interval)),
    rarityOf(known.bytes(record, 'orig')),
    rarityOf(known.bytes(record, 'resp')),
  );
  return row;
}

function rarityOf({ surprisal, rare }: Surprise): number {
  return rare ? UNSEEN : surprisal;
}

/** The part of the vector that speaks of structure: a function of the record's place alone (places.ts). */
export function supportVector(record: OtRecord, known: Known, options: VectorOptions = {}): number[] {
  const days = known.baseline.daysWithData;
  return SUPPORT.map((level) => {
    const seen = known.daysSeen(level, record);
    if (seen === undefined) return 0;
    if (options.leaveOutOwnDay === true) return Math.log10(Math.max(days - 1, 1) / Math.max(seen - 1, 0.5));
    return seen === 0 ? UNSEEN : Math.log10(Math.max(1, days / seen));
  });
}
