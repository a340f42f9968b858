import { describeRelation, structureKeys } from '../../features/relation.js';
import { describeHours, hasHour, hourOfWeek as hourOf } from '../hoursOfWeek.js';
import { MOST_USUAL } from '../scale.js';
import type { Detector, MakeDetector } from './detector.js';

/** Below the line, above every novelty: somebody known, at an hour that isn't theirs. */
const OUT_OF_HOURS = -0.2;

/** Presence by hour of the week (UTC): a maintenance session on its day is normal, at 3 a.m. on Sunday it isn't. */
export const hourOfWeek: MakeDetector = (model, known): Detector => {
  const presence = new Map(
    Object.entries(model.baseline.presence).map(([key, hex]) => [key, BigInt(`0x${hex}`)]),
  );
  const keyOf = known.once(structureKeys.port);
  const hoursOf = known.once((record) => presence.get(keyOf(record)));
  return {
    name: 'hour_of_week',
    needsOrder: false,
    judge({ record }) {
      const key = keyOf(record);
      const hours = hoursOf(record);
      const hour = Math.floor(record.ts / 3600);
      if (hours === undefined || hasHour(hours, hourOf(hour)))
        return { detector: 'hour_of_week', score: MOST_USUAL, evidence: [] };
      const at = new Date(record.ts * 1000).toUTCString().replace('GMT', 'UTC');
      const usual = describeHours(hours);
      return {
        detector: 'hour_of_week',
        score: OUT_OF_HOURS,
        subject: key,
        evidence: [
          {
            feature: 'hourOfWeek',
            observed: at,
            usual,
            text: `${describeRelation(record)} was never present at this hour of the week (${at}); usual hours: ${usual}`,
          },
        ],
      };
    },
  };
};
