import { describeRelation, structureKeys } from '../../features/relation.js';
import { describeHours, hasHour, hourOfWeek as hourOf } from '../hoursOfWeek.js';
import { MOST_USUAL } from '../scale.js';
import type { Detector, MakeDetector } from './detector.js';

/** Below the line, above every novelty: somebody known, at an hour that isn't theirs. */
const OUT_OF_HOURS = -0.2;

/**
 * Presence by hour of the week (UTC): a maintenance session on its day is normal, at 3 a.m. on Sunday it isn't. Held
 * against the habit of the source over the whole plant, or of the relation where the source is there at all hours.
 */
export const hourOfWeek: MakeDetector = (model, known): Detector => {
  const presence = new Map(
    Object.entries(model.baseline.presence).map(([key, hex]) => [key, BigInt(`0x${hex}`)]),
  );
  const habitOf = known.once((record) => {
    for (const key of [structureKeys.source(record), structureKeys.port(record)]) {
      const hours = presence.get(key);
      if (hours !== undefined) return { key, hours };
    }
    return undefined;
  });
  return {
    name: 'hour_of_week',
    needsOrder: false,
    judge({ record }) {
      const habit = habitOf(record);
      const hour = Math.floor(record.ts / 3600);
      if (habit === undefined || hasHour(habit.hours, hourOf(hour)))
        return { detector: 'hour_of_week', score: MOST_USUAL, evidence: [] };
      const at = new Date(record.ts * 1000).toUTCString().replace('GMT', 'UTC');
      const usual = describeHours(habit.hours);
      const who =
        habit.key === record.source ? `${record.source}, whatever it talks to,` : describeRelation(record);
      return {
        detector: 'hour_of_week',
        score: OUT_OF_HOURS,
        subject: habit.key,
        evidence: [
          {
            feature: 'hourOfWeek',
            observed: at,
            usual,
            text: `${who} was never present near this hour of the week (${at}); usual hours: ${usual}`,
          },
        ],
      };
    },
  };
};
