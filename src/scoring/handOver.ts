import { countedAfter } from './arrivalCounts.js';
import { bucketOfKey, ownsBucket, type Partition } from './partition.js';
import type { ScorerState } from './scorerState.js';

/** What one partition of the same scorer remembered, and which it was. */
export interface PartState {
  readonly partition: Partition;
  /** arrival before which everything was judged */
  readonly position: string;
  readonly state: ScorerState;
}

/** What a partition goes on from when their number changes. */
export interface HandOver {
  /** arrival from which on what waits to be judged has to be read again */
  readonly position: string;
  readonly state: ScorerState;
  /**
   * Whether the partition that had a row before has judged it, or has nothing left to judge of it. Its successor
   * then only looks at it.
   *
   * @param key as `documentKey` makes it
   * @param ingested arrival, as its digits stand in the checkpoint
   */
  isSettled(key: string, ingested: string, bucket: number): boolean;
}

/** What the chart `fan_out` counts is of every row, so each partition has it whole. */
const OF_EVERY_ROW: ReadonlySet<string> = new Set(['fan_out']);

/**
 * Makes one state of those of all partitions, for one partition of another number of them.
 *
 * It reads on from the part that had come least far, whose view of all rows (sensors, fan-out) it takes.
 * Of each relation it has what its own part remembered, and of what that part had judged further on, nothing is judged
 * again; what any part held back is. A row that its part may not have seen is read again: rather twice than never.
 */
export function handOver(parts: readonly PartState[], to: Partition): HandOver {
  const [behind] = [...parts].sort((a, b) => (a.state.reader.position < b.state.reader.position ? -1 : 1));
  if (behind === undefined) throw new Error('expected the state of at least one partition');
  const taken = parts.map(({ partition, state: { reader, held } }) => ({
    partition,
    held: new Set(held),
    ...takenIn(reader),
  }));
  const { reader, sensors, stage } = behind.state;
  const moves = (from: Partition) => (key: string) => {
    const bucket = bucketOfKey(key);
    return ownsBucket(from, bucket) && ownsBucket(to, bucket);
  };
  const charts = Object.fromEntries(
    [...new Set(parts.flatMap(({ state }) => Object.keys(state.stage.charts)))].map((name) => [
      name,
      OF_EVERY_ROW.has(name)
        ? (stage.charts[name] ?? [])
        : parts.flatMap(({ partition, state }) => ofKeys(state.stage.charts[name] ?? [], moves(partition))),
    ]),
  );
  return {
    position: least(parts.map(({ position }) => position)),
    state: {
      reader: {
        ...reader,
        seen: reader.seen.filter(([key, ingested]) => taken.every(({ has }) => has(key, ingested))),
        // Partitions of another number read, and counted, other rows.
        counts: countedAfter(greatest(parts.map(({ state }) => state.reader.position))),
      },
      held: [...new Set(parts.flatMap(({ state }) => state.held))],
      stage: {
        sequences: parts.flatMap(({ partition, state }) => ofKeys(state.stage.sequences, moves(partition))),
        newest: leastNewest(parts),
        charts,
        silence: parts.flatMap(({ state }) => state.stage.silence),
      },
      groups: mergedGroups(parts),
      sensors,
    },
    isSettled(key, ingested, bucket) {
      const part = taken.find(({ partition }) => ownsBucket(partition, bucket));
      return part?.has(key, ingested) === true && !part.held.has(key);
    },
  };
}

/** Which documents a reader had taken in: those before its overlap, and of that the ones that it remembers. */
function takenIn({ position, seen, seenFrom }: ScorerState['reader']) {
  const keys = new Set(seen.map(([key]) => key));
  const from = seenFrom ?? least([position, ...seen.map(([, ingested]) => ingested)]);
  return {
    has: (key: string, ingested: string) => ingested <= position && (ingested < from || keys.has(key)),
  };
}

/** Of each stream's watermark the one furthest behind: what a part held is late to none. */
function leastNewest(parts: readonly PartState[]): ScorerState['stage']['newest'] {
  const newest = new Map<string, number>();
  for (const [stream, time] of parts.flatMap(({ state }) => state.stage.newest))
    newest.set(stream, Math.min(time, newest.get(stream) ?? time));
  return [...newest];
}

/** Arrivals, ISO 8601 with the same number of digits. */
function least(arrivals: readonly string[]): string {
  return arrivals.reduce((one, other) => (other < one ? other : one));
}

function greatest(arrivals: readonly string[]): string {
  return arrivals.reduce((one, other) => (other > one ? other : one));
}

function ofKeys<Entry extends readonly [string, unknown]>(
  entries: readonly Entry[],
  moves: (key: string) => boolean,
): Entry[] {
  return entries.filter(([key]) => moves(key));
}

/** A group that several partitions told of is known to have had at least as many records as one of them counted. */
function mergedGroups(parts: readonly PartState[]): ScorerState['groups'] {
  const merged = new Map<string, ScorerState['groups'][number]>();
  for (const group of parts.flatMap(({ state }) => state.groups)) {
    const id = `${group.group.shift}|${group.group.key}`;
    const known = merged.get(id);
    if (known === undefined || known.records < group.records) merged.set(id, group);
  }
  return [...merged.values()].sort((a, b) => a.seenAt - b.seenAt);
}
