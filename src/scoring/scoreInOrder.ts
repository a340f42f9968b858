import type { GroupLedger } from './groupLedger.js';
import type { Arrival, Finding, ScoringStage } from './scoringStage.js';
import { type Telling, type Told, tell, tellCounts } from './telling.js';

export interface ScoreInOrder {
  readonly stage: ScoringStage;
  readonly ledger: GroupLedger<Told>;
  /** whether the inventory names the address */
  readonly isListed: (address: string) => boolean;
  /** seconds since the epoch: the end of what is scored */
  readonly to: number;
  readonly signal: AbortSignal;
}

/** What one page of rows brought. */
export interface Scored {
  readonly findings: readonly Finding[];
  readonly tellings: readonly Telling[];
  /** findings that their group only counted */
  readonly counted: number;
  /** rows so far */
  readonly read: number;
}

/**
 * Scores rows of the past, given in order of time: of a window in Elasticsearch, or of log files. The last one
 * yielded holds what was held back and what groups still had to tell.
 */
export async function* scoreInOrder(
  pages: AsyncIterable<readonly Arrival[]>,
  { stage, ledger, isListed, to, signal }: ScoreInOrder,
): AsyncGenerator<Scored> {
  let read = 0;
  for await (const page of pages) {
    read += page.length;
    const findings = stage.push(page);
    yield { findings, ...tell(findings, ledger, isListed), read };
    if (signal.aborted) break;
  }
  const findings = stage.flush();
  const last = tell(findings, ledger, isListed);
  const tellings = [...last.tellings, ...tellCounts(ledger, to, true)];
  yield { findings, tellings, counted: last.counted, read };
}
