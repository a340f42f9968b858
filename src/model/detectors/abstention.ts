import type { Evidence, Observation } from './detector.js';

/** What a detector of interval or silence says of an observation that it does not judge; nothing if it judges. */
export function abstentionEvidence({ abstained }: Observation): readonly Evidence[] {
  if (abstained === undefined) return [];
  return [
    {
      feature: 'sensor_health',
      observed: 'not judged',
      usual: 'judged by its interval',
      text: `interval not judged: ${abstained}`,
    },
  ];
}
