import type { Thinning } from './activity.js';
import { between, generator, type Key } from './random.js';
import { HOUR, SECOND, type Span } from './time.js';

/**
 * The default. With it 31 days of a plant of 10 PLCs give 268,812 rows of conn and modbus (seed 42).
 */
export const DEFAULT_OBSERVE_SECONDS_PER_HOUR = 3;

/** A stretch holds at least this many cycles: fewer would leave more edges than intervals. */
const CYCLES_PER_STRETCH = 8;
/** Nothing periodic goes unseen for longer than a shift. Each divides the day. */
const SLOT_HOURS = [1, 2, 3, 4, 6, 8] as const;

const EVERYTHING: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** The stretch that holds `at`, or else the next one after it. */
export type Stretches = (at: number) => Span;

/**
 * The stretches of one relation's traffic that are recorded.
 *
 * Each slot of one to eight hours holds one, at a place drawn from `key`. A relation with a slow
 * cycle gets longer stretches further apart, and, once a slot is a whole shift, a larger share.
 */
export function recordedStretches(thinning: Thinning, key: Key, period: number): Stretches {
  if (thinning.stretchesOf !== undefined) return thinning.stretchesOf(period);
  const perHour = thinning.observeSecondsPerHour * SECOND;
  if (perHour >= HOUR) return () => EVERYTHING;
  const least = CYCLES_PER_STRETCH * period;
  const slot = (SLOT_HOURS.find((hours) => hours * perHour >= least) ?? 8) * HOUR;
  const length = Math.min(slot, Math.max(least, (slot / HOUR) * perHour));
  const inSlot = (index: number): Span => {
    const from = index * slot + Math.floor(between(generator(key, index), 0, slot - length));
    return { from, to: from + length };
  };
  return (at) => {
    const index = Math.floor(at / slot);
    const current = inSlot(index);
    return at < current.to ? current : inSlot(index + 1);
  };
}
