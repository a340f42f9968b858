import { SECOND, type Span } from '../time.js';
import type { Exchange, ScriptedExchange } from './conversation.js';

/** One or more exchanges that belong together, wanted at a time. */
export interface Wish {
  readonly at: number;
  /** With the time from one's beginning to the next one's, microseconds. */
  readonly exchanges: readonly Exchange[];
  readonly step: number;
}

/** No two wishes begin closer than this. */
const APART = SECOND / 2;

/**
 * Puts exchanges between the cycles: a client answers one matter after the other. Each goes to the middle of the
 * cycle for which it was wanted, or of the next one that has room; what finds none within `room` is dropped.
 */
export function besideCycles(
  wishes: readonly Wish[],
  { firstAt, period }: { readonly firstAt: number; readonly period: number },
  room: Span,
): readonly ScriptedExchange[] {
  const script: ScriptedExchange[] = [];
  let free = room.from;
  for (const { at, exchanges, step } of [...wishes].sort((a, b) => a.at - b.at)) {
    const lasts = exchanges.length * step;
    let cycle = Math.floor((Math.max(at, free) - firstAt) / period);
    let begins = Math.max(place(at, cycle, firstAt, period), free);
    if (begins + lasts > firstAt + (cycle + 0.85) * period) {
      cycle += 1;
      begins = Math.max(Math.round(firstAt + (cycle + 0.3) * period), free);
    }
    if (begins < room.from || begins + lasts > room.to) continue;
    exchanges.forEach((exchange, i) => {
      script.push({ at: begins + i * step, exchange });
    });
    free = begins + lasts + APART;
  }
  return script;
}

function place(at: number, cycle: number, firstAt: number, period: number): number {
  const phase = Math.min(1, Math.max(0, (at - firstAt) / period - cycle));
  return Math.round(firstAt + (cycle + 0.3 + 0.3 * phase) * period);
}
