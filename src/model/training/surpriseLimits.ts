import type { Baseline } from '../artifact.js';
import { Known } from '../known.js';
import { samplesOf } from '../series.js';
import { addSurprisal, SURPRISE_LIMIT, surpriseLimit } from '../surprise.js';
import type { SampledRow } from './sampledRows.js';

/** The limits of the series whose own baseline calls for more than the usual one. */
export function surpriseLimits(
  rows: readonly SampledRow[],
  histograms: Pick<Baseline, 'intervals' | 'pooledIntervals' | 'bytes'>,
): Record<string, number> {
  const known = new Known(histograms as Baseline);
  const sums = new Map<string, { sum: number; ts: number }>();
  const largest = new Map<string, number>();
  for (const { record, interval } of rows) {
    for (const sample of samplesOf(record, interval)) {
      const surprisal = known.surprisalOf(sample, record);
      if (surprisal === undefined) continue;
      const before = sums.get(sample.key) ?? { sum: 0, ts: record.ts };
      const sum = addSurprisal(before.sum, surprisal, record.ts - before.ts);
      sums.set(sample.key, { sum, ts: record.ts });
      if (sum > (largest.get(sample.key) ?? 0)) largest.set(sample.key, sum);
    }
  }
  return Object.fromEntries(
    [...largest]
      .map(([key, value]): [string, number] => [key, surpriseLimit(value)])
      .filter(([, limit]) => limit > SURPRISE_LIMIT)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
