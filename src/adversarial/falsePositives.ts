import { SHIFT_SECONDS } from '../anomaly/group.js';
import { Labels } from '../evaluation/labels.js';
import { Tally } from '../evaluation/tally.js';
import type { Model } from '../model/artifact.js';
import { Scorer } from '../model/scorer.js';
import { GroupLedger } from '../scoring/groupLedger.js';
import { scoreInOrder } from '../scoring/scoreInOrder.js';
import { type Arrival, ScoringStage } from '../scoring/scoringStage.js';
import type { Told } from '../scoring/telling.js';
import { FALSE_POSITIVE_GOAL, type FalsePositives } from './result.js';

export interface FalsePositiveOptions {
  readonly model: Model;
  /** held-out rows in order of time */
  readonly pages: AsyncIterable<readonly Arrival[]>;
  readonly isListed: (address: string) => boolean;
  /** seconds since the epoch */
  readonly from: number;
  readonly to: number;
  readonly rowsAtMost: number;
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number) => void;
}

/** Scores held-out normal days, maintenance and all, as the scorer would, and counts what it would have said. */
export async function falsePositives(options: FalsePositiveOptions): Promise<FalsePositives> {
  const tally = new Tally(new Labels([]), options.isListed);
  let newest = options.from;
  const stage = new ScoringStage(new Scorer(options.model), 0, undefined, (observation, verdict) => {
    tally.addJudged(observation, verdict);
    newest = Math.max(newest, observation.record.ts);
  });
  const scored = scoreInOrder(limited(options.pages, options.rowsAtMost), {
    stage,
    ledger: new GroupLedger<Told>(),
    isListed: options.isListed,
    to: options.to,
    signal: options.signal,
  });
  let alerts = 0;
  for await (const { findings, tellings, read } of scored) {
    for (const finding of findings) tally.addFinding(finding);
    alerts += tellings.filter((telling) => telling.as === 'alert').length;
    options.onProgress(read);
  }
  const { records, alerts: flagged, alertRate, worstFalseAlarms } = tally.result();
  const shifts = Math.max(1, Math.ceil((newest - options.from) / SHIFT_SECONDS));
  return {
    rate: alertRate,
    alertsPerShift: alerts / shifts,
    records,
    flagged,
    alerts,
    shifts,
    goalReached: alertRate <= FALSE_POSITIVE_GOAL,
    worst: worstFalseAlarms.map(
      ({ at, relation, reason, records: n }) => `${at} ${relation}: ${reason} (${n} records)`,
    ),
  };
}

async function* limited(
  pages: AsyncIterable<readonly Arrival[]>,
  atMost: number,
): AsyncGenerator<readonly Arrival[]> {
  let rows = 0;
  for await (const page of pages) {
    yield page;
    rows += page.length;
    if (rows >= atMost) return;
  }
}
