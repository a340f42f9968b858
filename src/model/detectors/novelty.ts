import { STRUCTURE_LEVELS, type StructureLevel } from '../../features/relation.js';
import type { Known } from '../known.js';
import type { Detector, Part } from './detector.js';
import { structureEvidence } from './structureEvidence.js';

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
export const novelty = (_model: unknown, known: Known): Detector => {
  const partOf = known.once((record): Part => {
    let score = 0.5;
    for (const level of STRUCTURE_LEVELS) {
      const days = known.daysSeen(level, record);
      if (days === undefined) continue;
      score = Math.min(score, days === 0 ? NEVER_SEEN[level] : (0.5 * days) / known.baseline.daysWithData);
    }
    return { detector: 'novelty', score, evidence: score < 0 ? structureEvidence(record, known) : [] };
  });
  return { name: 'novelty', needsOrder: false, judge: ({ record }) => partOf(record) };
};
