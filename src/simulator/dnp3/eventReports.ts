import type { OddCycle } from '../conversations/conversation.js';
import { drawFaults } from '../faults.js';
import { childKey, generator, integer, type Key, pick, poisson, uniform } from '../random.js';
import { HOUR, type Span } from '../time.js';
import { type Events, readClasses } from './exchanges.js';
import type { Outstation } from './outstation.js';

/** Events that come at one moment. */
export interface EventReport extends Events {
  readonly at: number;
}

/** A breaker that moves, a measurement that leaves its dead band: three times an hour. */
const REPORTS_PER_HOUR = 3;

/** What happens at an outstation in a span. The same for an hour whatever the span. */
export function eventReports(outstation: Outstation, span: Span): readonly EventReport[] {
  const [first, ...others] = outstation.events;
  const found: EventReport[] = [];
  for (let hour = Math.floor(span.from / HOUR); hour * HOUR < span.to; hour++) {
    const random = generator(childKey(outstation.key, 'events'), hour);
    const reports = Array.from({ length: poisson(random, REPORTS_PER_HOUR) }, () => ({
      at: hour * HOUR + Math.floor(uniform(random) * HOUR),
      object: pick(random, [first, ...others]),
      count: integer(random, 1, 4),
    }));
    found.push(...reports.sort((a, b) => a.at - b.at).filter(({ at }) => at >= span.from && at < span.to));
  }
  return found;
}

/**
 * The polls that aren't like the others: for everything each so many, with the events that waited for them, and
 * those that a busy master leaves out.
 */
export function oddCycles(
  key: Key,
  outstation: Outstation,
  { firstAt, count }: { readonly firstAt: number; readonly count: number },
  events: readonly EventReport[],
): readonly OddCycle[] {
  const odd = new Map<number, OddCycle>();
  for (const { request: index, kind } of drawFaults(key, count, 1))
    if (kind === 'missed' || kind === 'missed-cycle')
      odd.set(index, { index, exchanges: [], recorded: false });
  const { integrityEvery, pollPeriod } = outstation;
  for (let index = integrityEvery; index < count; index += integrityEvery)
    odd.set(index, { index, exchanges: [readClasses(outstation, [1, 2, 3, 0])], recorded: false });
  for (const event of events) {
    const index = Math.floor((event.at - firstAt) / pollPeriod) + 1;
    if (index < 0 || index >= count) continue;
    const classes =
      index > 0 && index % integrityEvery === 0 ? ([1, 2, 3, 0] as const) : ([1, 2, 3] as const);
    odd.set(index, { index, exchanges: [readClasses(outstation, classes, event)], recorded: true });
  }
  return [...odd.values()].sort((a, b) => a.index - b.index);
}
