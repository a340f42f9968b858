import { childKey, generator, type Key, uniform } from './random.js';
import { MILLISECOND } from './time.js';

/**
 * What goes wrong with one request of a poll.
 *
 * - `missed`: it isn't sent; its transaction id is absent from the log. `missed-cycle`: nor is the rest of its cycle.
 * - `lost-before-sensor`: only the retransmission is seen, late by the retransmission timeout.
 * - `lost-after-sensor`: seen twice; the answer comes late.
 * - `busy`: the PLC answers with an exception.
 */
export type FaultKind = 'missed' | 'missed-cycle' | 'lost-before-sensor' | 'lost-after-sensor' | 'busy';

export interface Fault {
  /** Counts the polled requests of a connection from 0. */
  readonly request: number;
  readonly kind: FaultKind;
}

/** Linux's least retransmission timeout is 200 ms, Windows' first is 300 ms. */
export const SHORTEST_RESEND = 200 * MILLISECOND;
export const LONGEST_RESEND = 300 * MILLISECOND;

/**
 * Chance per request.
 *
 * Missed: 5 of 6,516 polls of a real benign hour have no transaction (netshare): 7e-4.
 * Lost: the reference plant's 346 short gaps a day among about 7 million requests: 5e-5, here half of them before the sensor.
 * Busy: no benign capture holds an exception; one in 100,000 is below what they could show.
 */
const CHANCES: readonly (readonly [FaultKind, number])[] = [
  ['missed', 6e-4],
  ['missed-cycle', 1e-4],
  ['lost-before-sensor', 2.5e-5],
  ['lost-after-sensor', 2.5e-5],
  ['busy', 1e-5],
];
const TOTAL = CHANCES.reduce((sum, [, probability]) => sum + probability, 0);

/**
 * The faults among the polled requests of the first `cycles` cycles of a connection, in order.
 * Its cost grows with the faults, not with the requests.
 */
export function drawFaults(key: Key, cycles: number, readsPerCycle: number): readonly Fault[] {
  const requests = cycles * readsPerCycle;
  const random = generator(childKey(key, 'faults'));
  const faults: Fault[] = [];
  let request = -1;
  for (;;) {
    // The gap to the next fault is geometric.
    request += 1 + Math.floor(Math.log(1 - uniform(random)) / Math.log(1 - TOTAL));
    if (request >= requests) return faults;
    const kind = kindAt(uniform(random) * TOTAL);
    faults.push({ request, kind });
    if (kind === 'missed-cycle') request += readsPerCycle - 1 - (request % readsPerCycle);
  }
}

function kindAt(point: number): FaultKind {
  let rest = point;
  for (const [kind, probability] of CHANCES) {
    rest -= probability;
    if (rest < 0) return kind;
  }
  return 'missed';
}
