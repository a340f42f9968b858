import { INTERVAL_AXIS } from '../../features/bins.js';
import { generator, uniform } from '../../simulator/random.js';
import { ATLAS } from '../atlas.js';
import { keyOf, zeekRow } from '../group.js';
import type { EvasionAttack } from './evasion.js';
import { readers, rhythmOf } from './roles.js';

const REQUESTS = 200;

/**
 * A known reader polls as fast as it ever did, every time: each interval is one that the baseline holds, drawn from
 * the shortest tenth.
 */
export const jitteredIntervals: EvasionAttack = {
  name: 'jittered-intervals',
  atlas: ATLAS.evade,
  what: 'a known reader draws each interval from the shortest tenth of its own past',
  unit: 'requests',
  floor: 'none',
  attempt({ model, day, key }) {
    const reader = readers(model).find((group) => shortest(model, keyOf(group)) !== undefined);
    if (reader === undefined) return undefined;
    const short = shortest(model, keyOf(reader)) ?? [];
    const random = generator(key);
    let ts = day + 10 * 3600;
    const rows = Array.from({ length: REQUESTS }, () => {
      ts += short[Math.floor(uniform(random) * short.length)] ?? 1;
      return zeekRow(reader, { ts, uid: 'CgateJitter', ...rhythmOf(model, reader)?.where });
    });
    return { rows, done: rows.map(() => 1) };
  },
};

/** Middles of the bins that hold the shortest tenth of the sequence's intervals (s), each as often as it came. */
function shortest({ baseline }: Parameters<typeof rhythmOf>[0], key: string): readonly number[] | undefined {
  const found = Object.entries(baseline.intervals).find(
    ([sequence, { sight }]) => sight === 'own' && (sequence === key || sequence.startsWith(`${key}|`)),
  )?.[1];
  if (found === undefined) return undefined;
  const total = found.bins.reduce((sum, [, count]) => sum + count, 0);
  const values: number[] = [];
  let passed = 0;
  for (const [bin, count] of found.bins) {
    if (passed >= total / 10) break;
    const middle = INTERVAL_AXIS.scale * Math.sinh((bin + 0.5) * INTERVAL_AXIS.width);
    const times = Math.max(1, Math.round((100 * count) / total));
    for (let i = 0; i < times; i++) values.push(middle);
    passed += count;
  }
  return values;
}
