import { z } from 'zod';

/** Seconds of arrivals that are judged together. */
export const WINDOW_S = 300;

/**
 * What a sensor's rows of some windows amount to. Sums and extremes only, so that the order of rows within a
 * window does not matter. null: none yet
 */
export const tallySchema = z.strictObject({
  /** seconds since the epoch at which the first of the windows began */
  from: z.number(),
  percentLost: z.number().nullable(),
  missed: z.number(),
  seen: z.number(),
  connections: z.number(),
  /** TCP connections that carried data */
  carrying: z.number(),
  oneSided: z.number(),
  messages: z.number(),
  ahead: z.number(),
  farthestAhead: z.number(),
  behind: z.number(),
  leastBehind: z.number().nullable(),
  mostBehind: z.number(),
});
export type Tally = z.infer<typeof tallySchema>;

export function emptyTally(from: number): Tally {
  return {
    from,
    percentLost: null,
    missed: 0,
    seen: 0,
    connections: 0,
    carrying: 0,
    oneSided: 0,
    messages: 0,
    ahead: 0,
    farthestAhead: 0,
    behind: 0,
    leastBehind: null,
    mostBehind: 0,
  };
}

/** Adds a closed window to what was too little to be judged so far. */
export function merge(carried: Tally, tally: Tally): void {
  const nothing =
    carried.connections + carried.carrying + carried.messages === 0 && carried.percentLost === null;
  if (nothing) carried.from = tally.from;
  carried.percentLost = highest(carried.percentLost, tally.percentLost);
  carried.missed += tally.missed;
  carried.seen += tally.seen;
  carried.connections += tally.connections;
  carried.carrying += tally.carrying;
  carried.oneSided += tally.oneSided;
  carried.messages += tally.messages;
  carried.ahead += tally.ahead;
  carried.farthestAhead = Math.max(carried.farthestAhead, tally.farthestAhead);
  carried.behind += tally.behind;
  carried.leastBehind = lowest(carried.leastBehind, tally.leastBehind);
  carried.mostBehind = Math.max(carried.mostBehind, tally.mostBehind);
}

function highest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function lowest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
