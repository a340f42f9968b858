import { describeRelation, requestKey, whereKey } from '../../features/relation.js';
import { MOST_USUAL, scoreOf } from '../scale.js';
import { isWriteRequest } from '../writeRate.js';
import { isFarOff, marginOf, marginsBeyond } from '../writtenRange.js';
import type { Detector, MakeDetector, Part } from './detector.js';

/**
 * What a known writer writes: a value far beyond all that it ever wrote to that address, from the first such write. Where a
 * value creeps, the drift chart tells of it (charts/drift.ts). Needs a log with values: modbus_detailed.
 */
export const writtenValue: MakeDetector = ({ baseline }, known): Detector => {
  const { writtenValues = {} } = baseline;
  const usualPart: Part = { detector: 'written_value', score: MOST_USUAL, evidence: [] };
  const rangesOf = known.once((record) => {
    const key = `${requestKey(record)}|${whereKey(record)}`;
    return Object.hasOwn(writtenValues, key) ? writtenValues[key] : undefined;
  });
  return {
    name: 'written_value',
    needsOrder: false,
    judge({ record }) {
      if (record.values.length === 0 || record.address === undefined || !isWriteRequest(record))
        return usualPart;
      const ranges = rangesOf(record);
      if (ranges === undefined) return usualPart;
      const far = record.values
        .flatMap((value, i) => {
          const range = ranges[i] ?? null;
          return range === null ? [] : [{ value, range, i, beyond: marginsBeyond(value, range) }];
        })
        .reduce<Far | undefined>(
          (most, one) => (most === undefined || one.beyond > most.beyond ? one : most),
          undefined,
        );
      if (far === undefined) return usualPart;
      const { value, range, i } = far;
      if (!isFarOff(value, range)) return { ...usualPart, score: Math.max(0, scoreOf(far.beyond, 1)) };
      const [least, most] = range;
      const usual = least === most ? `always ${least}` : `${least} to ${most}`;
      const at = `address ${record.address + i}`;
      return {
        detector: 'written_value',
        score: scoreOf(far.beyond, 1),
        subject: requestKey(record),
        evidence: [
          {
            feature: 'writtenValue',
            observed: `${value} at ${at}`,
            usual,
            text:
              `${record.functionCode} of ${value} at ${at} in ${describeRelation(record)}; in ${baseline.daysWithData} days of baseline it was ` +
              `${usual}, and ${round(least - marginOf(range))} to ${round(most + marginOf(range))} are allowed`,
          },
        ],
      };
    },
  };
};

interface Far {
  readonly value: number;
  readonly range: readonly [number, number];
  readonly i: number;
  readonly beyond: number;
}

const round = (value: number) => Math.round(value * 100) / 100;
