import { chance, childKey, generator, type Key, uniform } from './random.js';
import { outage } from './reconnect.js';
import { DAY, type Span } from './time.js';

/** A device that restarts at times of its own: PLC, outstation, controller. */
export interface Restarting {
  readonly key: Key;
}

/** A PLC restarts about once in twenty days: a power dip, a download that nobody announced. */
const BLOCK = 10 * DAY;
const PROBABILITY = 0.5;

/** The first restart of a device that begins after `at`; every client loses its connection at once. */
export function nextRestart(plc: Restarting, at: number): Span {
  for (let block = Math.floor(at / BLOCK); ; block++) {
    const restart = restartIn(plc, block);
    if (restart !== undefined && restart.from > at) return restart;
  }
}

/** `at`, or the end of the restart in which it falls. */
export function upAgain(plc: Restarting, at: number): number {
  const restart = restartIn(plc, Math.floor(at / BLOCK));
  return restart !== undefined && at >= restart.from && at < restart.to ? restart.to : at;
}

function restartIn(plc: Restarting, block: number): Span | undefined {
  const key = childKey(plc.key, 'restart', block);
  const random = generator(key);
  if (!chance(random, PROBABILITY)) return undefined;
  const from = block * BLOCK + Math.floor(uniform(random) * 0.99 * BLOCK);
  return { from, to: from + outage(childKey(key, 'outage')) };
}
