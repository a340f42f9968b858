import { groupsOf } from '../../src/anomaly/group.js';
import { Scorer } from '../../src/model/scorer.js';
import { type Arrival, type Finding, ScoringStage } from '../../src/scoring/scoringStage.js';
import { simulatePlant } from '../../src/simulator/index.js';
import type { TrainedPlant } from './plant.js';

/** A shift as a scorer would have seen it. */
export interface Shift {
  /** ISO 8601 */
  readonly from: string;
  readonly rows: number;
  readonly alerts: number;
  /** what a decision would be asked about: group keys */
  readonly groups: readonly string[];
}

const PAGE = 2_000;
/** Seconds; the scorer's own default. */
const LATENESS = 5;
const WHOLE_HOUR = 3_600;

/**
 * Takes every row of a stretch, nothing thinned, in the order in which Zeek would write it, through the scorer's own
 * stage, and counts the alerts that it would have written. Nothing is kept, so memory doesn't grow with the rows.
 *
 * @param from seconds since the epoch
 * @param hours how long; a shift has eight
 */
export function wholeShift(
  { model, plant }: TrainedPlant,
  from: number,
  hours: number,
  seconds = WHOLE_HOUR,
): Shift {
  const stage = new ScoringStage(new Scorer(model), LATENESS);
  const groups = new Set<string>();
  const tell = (findings: readonly Finding[]) => {
    for (const { observation, verdict } of findings)
      for (const { group } of groupsOf(observation.record, verdict, () => false))
        groups.add(`${group.shift}|${group.key}`);
  };
  let rows = 0;
  let page: Arrival[] = [];
  const to = from + hours * 3600;
  for (const { log, row, writtenAt } of simulatePlant({
    plant,
    from,
    to,
    thinning: { observeSecondsPerHour: seconds },
  })) {
    rows += 1;
    page.push({
      index: 'simulated',
      id: `${rows}`,
      ingested: new Date(writtenAt * 1000).toISOString(),
      document: undefined,
      row: { log, sensor: undefined, columns: row },
    });
    if (page.length < PAGE) continue;
    tell(stage.push(page));
    page = [];
  }
  tell(stage.push(page));
  tell(stage.flush());
  return { from: new Date(from * 1000).toISOString(), rows, alerts: groups.size, groups: [...groups].sort() };
}
