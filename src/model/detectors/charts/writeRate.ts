import { z } from 'zod';
import { Memory } from '../../../features/memory.js';
import { describeRelation, groupKey } from '../../../features/relation.js';
import type { Model } from '../../artifact.js';
import type { Known } from '../../known.js';
import { MOST_USUAL, scoreOf } from '../../scale.js';
import {
  addRequest,
  allowed,
  type HourlyRequests,
  isWriteRequest,
  requestsByWindow,
  WINDOWS,
} from '../../writeRate.js';
import type { Chart, MakeChart } from '../detector.js';

const stateSchema = z.array(z.tuple([z.string(), z.tuple([z.number(), z.array(z.number())])]));

/**
 * How much a known writer writes: requests of one relation and function in one, eight and twenty-four hours against
 * the most of the baseline. Nothing else bounds who writes anyway, with functions that it always had.
 */
export const writeRate: MakeChart = (model: Model, known: Known): Chart => {
  const hourly = new Memory<HourlyRequests>(20_000);
  const { writes = {} } = model.baseline;
  const limitsOf = known.once((record) => {
    const key = groupKey(record);
    const most = Object.hasOwn(writes, key) ? writes[key] : undefined;
    return most === undefined ? undefined : { key, most, limits: allowed(most) };
  });
  return {
    name: 'write_rate',
    judge({ record, stale }) {
      const limited = limitsOf(record);
      if (limited === undefined || !isWriteRequest(record)) return undefined;
      const { key, most, limits } = limited;
      const before = hourly.get(key);
      const after =
        stale === true && before !== undefined ? before : addRequest(before, Math.floor(record.ts / 3600));
      hourly.set(key, after);
      const counts = requestsByWindow(after);
      const scores = counts.map((n, i) => scoreOf(n, limits[i] ?? 1));
      const lowest = Math.min(MOST_USUAL, ...scores);
      const i = scores.indexOf(lowest);
      const [n = 0, limit = 1, hours = 1] = [counts[i], limits[i], WINDOWS[i]?.hours];
      const part = { detector: 'write_rate', score: lowest, subject: key };
      if (n < limit) return { ...part, evidence: [] };
      const [observed, usual] = [
        `${n} requests in ${span(hours)}`,
        `at most ${most[i] ?? 0} in ${span(hours)}`,
      ];
      return {
        ...part,
        since: (after.hour - hours + 1) * 3600,
        evidence: [
          {
            feature: 'writeRate',
            observed,
            usual,
            text:
              `${describeRelation(record)} got ${n} ${record.functionCode} in ${span(hours)}; ` +
              `the baseline had at most ${most[i] ?? 0}, and ${limit - 1} are allowed`,
          },
        ],
      };
    },
    state: () => hourly.entries().map(([key, { hour, counts }]) => [key, [hour, [...counts]]]),
    restore: (state) =>
      hourly.restore(stateSchema.parse(state).map(([key, [hour, counts]]) => [key, { hour, counts }])),
  };
};

const span = (hours: number) => (hours === 1 ? 'an hour' : `${hours} hours`);
