import type { SimulatedRow, Step } from './activity.js';
import { Heap } from './heap.js';
import { toSeconds } from './time.js';

interface Source {
  readonly steps: Iterator<Step, void, undefined>;
  readonly order: number;
  next: Step;
}

interface Waiting {
  readonly row: SimulatedRow;
  readonly order: number;
}

/**
 * The rows of many activities in the order in which they are written; ties keep the activities' order.
 *
 * Holds one step of each activity and the rows that are written later than their step (a conn row
 * waits for its connection's end): memory doesn't grow with the time simulated.
 */
export function* mergeSteps(activities: readonly Iterator<Step, void, undefined>[]): Generator<SimulatedRow> {
  const sources = new Heap<Source>(
    (a, b) => a.next.at < b.next.at || (a.next.at === b.next.at && a.order < b.order),
  );
  const waiting = new Heap<Waiting>(
    (a, b) => a.row.writtenAt < b.row.writtenAt || (a.row.writtenAt === b.row.writtenAt && a.order < b.order),
  );
  activities.forEach((steps, order) => {
    const first = steps.next();
    if (first.done !== true) sources.push({ steps, order, next: first.value });
  });
  let rows = 0;
  for (let source = sources.pop(); source !== undefined; source = sources.pop()) {
    const safe = toSeconds(source.next.at);
    for (let head = waiting.peek(); head !== undefined && head.row.writtenAt < safe; head = waiting.peek()) {
      waiting.pop();
      yield head.row;
    }
    for (const row of source.next.rows) waiting.push({ row, order: rows++ });
    const following = source.steps.next();
    if (following.done !== true) {
      source.next = following.value;
      sources.push(source);
    }
  }
  for (let last = waiting.pop(); last !== undefined; last = waiting.pop()) yield last.row;
}
