import type { Timing } from './peers.js';

/** Something that takes one pass over the rows. */
export interface Contender {
  readonly name: string;
  readonly threads: number;
  /** rows a pass; a slow one takes fewer */
  readonly rows: number;
  readonly pass: () => Promise<Timing>;
}

export interface Result {
  readonly name: string;
  readonly threads: number;
  /** median over the rounds, by the clock on the wall */
  readonly rowsPerSecond: number;
  /** median over the rounds of its speed as a multiple of the first contender's in the same round */
  readonly ratio: number;
  /** the same by processor time: what other load on the machine can't change (threads don't help it either) */
  readonly cpuRatio: number;
}

/**
 * Lets every contender take a pass in turn, round after round: whatever else the machine does falls on all, so
 * ratios within a round hold where figures of different runs don't. The first round warms up and isn't counted.
 */
export async function interleave(
  contenders: readonly Contender[],
  rounds: number,
): Promise<readonly Result[]> {
  const timings: Timing[][] = contenders.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      const timing = await contender.pass();
      if (round > 0) timings[i]?.push(timing);
    }
  }
  const first = timings[0] ?? [];
  const rowsOfFirst = contenders[0]?.rows ?? 0;
  return contenders.map(({ name, threads, rows }, i) => {
    const own = timings[i] ?? [];
    const ratioBy = (of: (timing: Timing) => number) =>
      median(own.map((t, round) => rows / of(t) / (rowsOfFirst / of(first[round] ?? t))));
    return {
      name,
      threads,
      rowsPerSecond: median(own.map((t) => rows / t.seconds)),
      ratio: ratioBy((t) => t.seconds),
      cpuRatio: ratioBy((t) => t.cpuSeconds),
    };
  });
}

/** Times a pass of our own. */
export async function timed(work: () => void | Promise<void>): Promise<Timing> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  const used = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (used.user + used.system) / 1e6 };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
