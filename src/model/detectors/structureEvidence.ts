import type { OtRecord } from '../../features/otRecord.js';
import { describeRelation, STRUCTURE_LEVELS, type StructureLevel } from '../../features/relation.js';
import type { Known } from '../known.js';
import type { Evidence } from './detector.js';

/**
 * What of a record's structure the baseline never saw. What is new in a wider part is new in all narrower ones,
 * so the widest says it all; a new destination is said beside a new source, since neither holds the other.
 */
export function structureEvidence(record: OtRecord, known: Known): readonly Evidence[] {
  const unseen = STRUCTURE_LEVELS.filter((level) => known.daysSeen(level, record) === 0);
  return unseen
    .filter((level, i) => i === 0 || level === 'destination')
    .map((level) => ({
      feature: level,
      observed: OBSERVED[level](record),
      usual: usual(level, record, known),
      daysSeen: 0,
      text: `${SENTENCE[level](record)} in ${known.baseline.daysWithData} days of baseline`,
    }));
}

const OBSERVED: Readonly<Record<StructureLevel, (r: OtRecord) => string>> = {
  source: (r) => r.source,
  destination: (r) => r.destination,
  pair: (r) => `${r.source} → ${r.destination}`,
  port: (r) => `${r.port}/${r.protocol}`,
  unit: (r) => `unit ${r.unit}`,
  functionCode: (r) => r.functionCode,
};

const SENTENCE: Readonly<Record<StructureLevel, (r: OtRecord) => string>> = {
  source: (r) => `${r.source} was never seen as a source of industrial traffic`,
  destination: (r) => `${r.destination} was never seen as a destination of industrial traffic`,
  pair: (r) => `${r.source} was never seen talking to ${r.destination}`,
  port: (r) => `${r.source} never used port ${r.port} (${r.protocol}) of ${r.destination}`,
  unit: (r) => `${r.source} never addressed unit ${r.unit} behind ${r.destination}`,
  functionCode: (r) => `${r.functionCode} was never seen in ${describeRelation(r)}`,
};

/** How many values are named before the rest are counted. */
const NAMED_AT_MOST = 5;

function usual(level: StructureLevel, record: OtRecord, known: Known): string {
  const siblings = known.siblings(level, record);
  if (siblings.length === 0) return 'none';
  const named = siblings.slice(0, NAMED_AT_MOST).join(', ');
  const others = siblings.length - NAMED_AT_MOST;
  return others > 0 ? `${named} and ${others} more` : named;
}
