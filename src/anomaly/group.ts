import { functionClass } from '../features/functionClass.js';
import type { OtRecord } from '../features/otRecord.js';
import type { Part } from '../model/detectors/detector.js';
import type { Verdict } from '../model/scorer.js';

/** A shift: a group lasts no longer, so that what persists is told again in the next one. */
export const SHIFT_SECONDS = 8 * 3600;

/** Detectors that speak of something wider than one record have groups of their own. */
const CHART_KINDS = [
  'hour_of_week',
  'surprise',
  'drift',
  'three_of_ten',
  'fan_out',
  'exceptions',
  'write_rate',
  'written_address',
  'written_value',
  'silence',
] as const;
type ChartKind = (typeof CHART_KINDS)[number];
export const GROUP_KINDS = ['attempts', 'communication', 'function', 'rhythm', ...CHART_KINDS] as const;

/** What findings have in common when one alert speaks for them. */
export interface Group {
  readonly key: string;
  /** shifts since the epoch, UTC */
  readonly shift: number;
  readonly kind: (typeof GROUP_KINDS)[number];
}

/** A group with what of the verdict belongs to it. */
export interface GroupedParts {
  readonly group: Group;
  /** lowest score first */
  readonly parts: readonly Part[];
}

/**
 * The groups that a finding belongs to: one for what the record itself is, and one for each detector that speaks of
 * a course, by its subject. So no drift, scan or silence takes in what another detector found in the same record.
 */
export function groupsOf(
  record: OtRecord,
  { parts, alertLine }: Verdict,
  isListed: (address: string) => boolean,
): readonly GroupedParts[] {
  const anomalous = parts.filter(({ score }) => score < alertLine).sort((a, b) => a.score - b.score);
  const ofRecord = anomalous.filter(({ detector }) => !isChartKind(detector));
  const ofCourse = anomalous.flatMap((part) => {
    if (!isChartKind(part.detector)) return [];
    const key = `${part.detector}|${part.subject ?? ''}`;
    return [{ group: { kind: part.detector, shift: shiftOf(record), key }, parts: [part] }];
  });
  if (ofRecord.length === 0) return ofCourse;
  return [{ group: groupOf(record, ofRecord, isListed), parts: ofRecord }, ...ofCourse];
}

function isChartKind(detector: string): detector is ChartKind {
  return (CHART_KINDS as readonly string[]).includes(detector);
}

function shiftOf(record: OtRecord): number {
  return Math.floor(record.ts / SHIFT_SECONDS);
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
function groupOf(record: OtRecord, parts: readonly Part[], isListed: (address: string) => boolean): Group {
  const shift = shiftOf(record);
  const relation = `${record.source}|${record.destination}|${record.port}|${record.protocol}`;
  const newParts = new Set(
    parts.flatMap(({ evidence }) =>
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
