import { CLOCK_DIFFERENCE_MAX_MS } from '../deployment/evaluateModel.js';

/** When a record says it was written, and when Elasticsearch says it came. */
export interface RecordTimes {
  readonly sequence: number;
  /** the writer's clock, inside the record's digest; undefined if it has none or none that can be read */
  readonly written: Date | undefined;
  /** Elasticsearch's clock, stamped by the stream's final pipeline */
  readonly ingested: Date | undefined;
}

/** How far apart honest clocks may be, in milliseconds. */
export interface ClockBounds {
  /** between the writer's clock and Elasticsearch's */
  readonly apartMs: number;
  /** from one record to the next, by either clock: several hosts write one chain */
  readonly backwardsMs: number;
}

/** The same for both as between two hosts that approve and deploy. */
export const CLOCK_BOUNDS: ClockBounds = {
  apartMs: CLOCK_DIFFERENCE_MAX_MS,
  backwardsMs: CLOCK_DIFFERENCE_MAX_MS,
};

/**
 * Records whose time can't be true: one that Elasticsearch took long before or after the moment that it claims, and
 * one that is of a time before the record that it follows. A backdated record is both.
 *
 * @param records in the order of the chain
 */
export function clockProblems(
  records: readonly RecordTimes[],
  { apartMs, backwardsMs }: ClockBounds,
): readonly { readonly sequence: number; readonly message: string }[] {
  const problems: { sequence: number; message: string }[] = [];
  let before: { readonly sequence: number; readonly at: Date } | undefined;
  let stampedBefore: { readonly sequence: number; readonly at: Date } | undefined;
  for (const { sequence, written, ingested } of records) {
    const problem = (message: string) =>
      problems.push({ sequence, message: `record ${sequence} ${message}` });
    if (written === undefined || ingested === undefined) {
      problem(
        written === undefined
          ? 'bears no time that can be read'
          : 'bears no time at which Elasticsearch took it',
      );
      continue;
    }
    const contradicted = Math.abs(ingested.getTime() - written.getTime()) > apartMs;
    if (contradicted)
      problem(`says it is of ${written.toISOString()}, Elasticsearch took it at ${ingested.toISOString()}`);
    else if (before !== undefined && before.at.getTime() - written.getTime() > backwardsMs)
      problem(
        `says it is of ${written.toISOString()}, before record ${before.sequence} of ${before.at.toISOString()}`,
      );
    if (stampedBefore !== undefined && stampedBefore.at.getTime() - ingested.getTime() > backwardsMs)
      problem(
        `was taken at ${ingested.toISOString()}, before record ${stampedBefore.sequence} at ${stampedBefore.at.toISOString()}: Elasticsearch's clock ran backwards`,
      );
    if (!contradicted) before = { sequence, at: written };
    stampedBefore = { sequence, at: ingested };
  }
  return problems;
}
