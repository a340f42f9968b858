import { functionClass } from '../features/functionClass.js';
import type { OtRecord } from '../features/otRecord.js';
import type { Verdict } from '../model/scorer.js';

/** A shift: a group lasts no longer, so that what persists is told again in the next one. */
export const SHIFT_SECONDS = 8 * 3600;

/** What findings have in common when one alert speaks for them. */
export interface Group {
  readonly key: string;
  /** shifts since the epoch, UTC */
  readonly shift: number;
  readonly kind: 'attempts' | 'communication' | 'function' | 'rhythm';
}

/**
 * The group of a finding: detector's part and what stays the same. A pure function of the finding, so that any
 * order, replay or second sensor gives the same groups (sensor and VLAN are in none).
 *
 * - Connection attempts without payload on a known or listed destination group by destination and port (a flood
 *   has thousands of sources), on unknown destinations by source and port (a scan has thousands of destinations).
 * - Communication groups by source, destination and port: another peer or asset is another group. Only reads of
 *   one peer share a group; every other function is a group of its own, by unit.
 * - A new function in a known relation, and a rhythm, group by relation and function.
 */
export function groupOf(record: OtRecord, verdict: Verdict, isListed: (address: string) => boolean): Group {
  const shift = Math.floor(record.ts / SHIFT_SECONDS);
  const relation = `${record.source}|${record.destination}|${record.port}|${record.protocol}`;
  const newParts = new Set(
    verdict.parts.flatMap(({ evidence }) =>
      evidence.filter(({ daysSeen }) => daysSeen === 0).map(({ feature }) => feature),
    ),
  );
  if (newParts.size === 0) {
    return { kind: 'rhythm', shift, key: `rhythm|${relation}|${record.unit}|${record.functionCode}` };
  }
  if (isAttempt(record)) {
    const known = !newParts.has('destination') || isListed(record.destination);
    const same = known ? `to|${record.destination}` : `from|${record.source}`;
    return { kind: 'attempts', shift, key: `attempts|${same}|${record.port}|${record.protocol}` };
  }
  if (newParts.has('functionCode')) {
    return { kind: 'function', shift, key: `function|${relation}|${record.unit}|${record.functionCode}` };
  }
  const harmless = functionClass(record.protocol, record.functionCode) === 'read';
  const what = harmless ? 'read' : `${record.unit}|${record.functionCode}`;
  return { kind: 'communication', shift, key: `communication|${relation}|${what}` };
}

/** A connection that carried no payload: a SYN, a refusal, a probe. */
function isAttempt(record: OtRecord): boolean {
  return record.kind === 'connection' && (record.origBytes ?? 0) === 0 && (record.respBytes ?? 0) === 0;
}
