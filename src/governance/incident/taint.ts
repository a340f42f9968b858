import type { Incident } from './incident.js';

/**
 * The incidents in whose time a training window lies: from when somebody may have been there until the incident was
 * closed. A model of such a window may have learnt the intruder as normal.
 */
export function taintOf(from: string, to: string, incidents: readonly Incident[]): readonly Incident[] {
  return incidents.filter(
    ({ suspectedFrom, closedAt }) =>
      Date.parse(suspectedFrom) < Date.parse(to) &&
      (closedAt === undefined || Date.parse(closedAt) > Date.parse(from)),
  );
}
