import type { Recording, SimulatedRow } from './activity.js';
import type { Plc } from './host.js';
import { mergeSteps } from './mergeSteps.js';
import type { Plant } from './plant.js';
import { childKey, generator, integer } from './random.js';
import { runSession } from './runSession.js';
import { intruder } from './scenarios/intruder.js';
import { registerWalk } from './scenarios/newSource.js';
import { DEFAULT_OBSERVE_SECONDS_PER_HOUR } from './thinning.js';
import { fromSeconds } from './time.js';

/**
 * Exactly `count` rows of one unknown source that reads a PLC's registers on port 502, in the order in
 * which Zeek writes them: requests and answers, and at last the connection (where `count` is 1: it alone).
 *
 * @param options.at seconds since the epoch, the first packet; @param options.seed another seed is another source
 */
export function newSourceRows(options: {
  readonly plant: Plant;
  readonly at: number;
  readonly count: number;
  readonly seed: number;
}): readonly Pick<SimulatedRow, 'log' | 'row'>[] {
  const { plant, at, count, seed } = options;
  const key = childKey(plant.key, 'live new source', seed);
  const plc = plant.plcs[integer(generator(key), 0, plant.plcs.length - 1)] as Plc;
  const reads = Math.max(1, Math.ceil((count - 1) / 2));
  const walk = registerWalk(
    key,
    intruder(plant, childKey(key, 'source'), 20),
    plc,
    fromSeconds(at) + 3_000,
    reads,
  );
  const recording: Recording = {
    from: 0,
    to: Number.POSITIVE_INFINITY,
    thinning: { observeSecondsPerHour: DEFAULT_OBSERVE_SECONDS_PER_HOUR },
    logs: new Set(['conn', 'modbus']),
  };
  const rows = [...mergeSteps([runSession(walk, recording)])].map(({ log, row }) => ({ log, row }));
  const messages = rows.filter(({ log }) => log === 'modbus');
  const conn = rows.filter(({ log }) => log === 'conn');
  return [...messages.slice(0, Math.max(0, count - 1)), ...conn].slice(0, count);
}
