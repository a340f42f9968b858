import type { OtRecord } from '../../features/otRecord.js';
import { describeRelation, STRUCTURE_LEVELS, type StructureLevel } from '../../features/relation.js';
import type { Known } from '../known.js';
import type { Detector, Evidence, MakeDetector } from './detector.js';

/**
 * The score of a part that the baseline never saw, below the line by construction, ordered by how far an
 * intruder's foothold reaches: a stranger before a new acquaintance before a new word between friends.
 */
const NEVER_SEEN: Readonly<Record<StructureLevel, number>> = {
  source: -0.5,
  destination: -0.45,
  pair: -0.4,
  port: -0.35,
  unit: -0.32,
  functionCode: -0.3,
};

/**
 * Novelty of structure: who talks to whom, on which port, about which unit, with which function code.
 * A known structure scores half its share of baseline days: 0.5 for one seen daily.
 */
export const novelty: MakeDetector = (_model, known): Detector => ({
  name: 'novelty',
  needsOrder: false,
  judge({ record }) {
    let score = 0.5;
    const evidence: Evidence[] = [];
    for (const level of STRUCTURE_LEVELS) {
      const days = known.daysSeen(level, record);
      if (days === undefined) continue;
      if (days > 0) {
        score = Math.min(score, (0.5 * days) / known.baseline.daysWithData);
        continue;
      }
      score = Math.min(score, NEVER_SEEN[level]);
      // What is new in a wider part is new in all narrower ones: the widest says it all.
      if (evidence.length === 0 || level === 'destination') evidence.push(neverSeen(level, record, known));
    }
    return { detector: 'novelty', score, evidence };
  },
});

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

function neverSeen(level: StructureLevel, record: OtRecord, known: Known): Evidence {
  const { daysWithData } = known.baseline;
  return {
    feature: level,
    observed: OBSERVED[level](record),
    usual: usualStructure(level, record, known),
    daysSeen: 0,
    text: `${SENTENCE[level](record)} in ${daysWithData} days of baseline`,
  };
}

/** How many values are named before the rest are counted. */
const NAMED_AT_MOST = 5;

function usualStructure(level: StructureLevel, record: OtRecord, known: Known): string {
  const siblings = known.siblings(level, record);
  if (siblings.length === 0) return 'none';
  const named = siblings.slice(0, NAMED_AT_MOST).join(', ');
  const others = siblings.length - NAMED_AT_MOST;
  return others > 0 ? `${named} and ${others} more` : named;
}
