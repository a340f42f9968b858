import type { Known, Surprise } from '../known.js';
import { MOST_USUAL, scoreOf } from '../scale.js';
import type { Detector, Evidence } from './detector.js';
import { rareEvidence } from './rareEvidence.js';

/**
 * Histograms of interval and payload bytes, each by its own key: the tail probability of a value against the cut-off
 * that its key keeps on held-out days. Beyond the cut-off it goes on: rarer, and further from all that was seen, ranks lower.
 */
export const histogram = (_model: unknown, known: Known): Detector => ({
  name: 'histogram',
  needsOrder: true,
  judge(observation) {
    const { record, interval } = observation;
    let score = MOST_USUAL;
    const evidence: Evidence[] = [];
    for (const feature of ['interval', 'origBytes', 'respBytes'] as const) {
      const surprise =
        feature === 'interval'
          ? known.interval(record, interval)
          : known.bytes(record, feature === 'origBytes' ? 'orig' : 'resp');
      score = Math.min(score, scoreOfSurprise(surprise));
      if (surprise.rare) evidence.push(rareEvidence(feature, observation, surprise));
    }
    return { detector: 'histogram', score, evidence };
  },
});

/** How many bins beyond what was ever seen weigh as much as one power of ten of rarity. */
const BINS_A_DECADE = 10;

function scoreOfSurprise({ judged, rare, surprisal, cutOff, binsOff }: Surprise): number {
  if (!judged || cutOff === null) return MOST_USUAL;
  const statistic = surprisal + binsOff / BINS_A_DECADE;
  return scoreOf(rare ? Math.max(statistic, cutOff) : Math.min(statistic, cutOff * 0.999), cutOff);
}
