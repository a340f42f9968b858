import { groupsOf, SHIFT_SECONDS } from '../../src/anomaly/group.js';
import { isoOf } from '../../src/isoTime.js';
import { Scorer } from '../../src/model/scorer.js';
import { type Arrival, type Finding, ScoringStage } from '../../src/scoring/scoringStage.js';
import { simulatePlant } from '../../src/simulator/index.js';
import { perShift } from './judged.js';
import type { TrainedPlant } from './plant.js';

/** Shifts that follow each other, as a scorer would have seen them. */
export interface Shifts {
  /** ISO 8601 */
  readonly from: string;
  readonly hours: number;
  readonly rows: number;
  readonly alertsAShift: ReturnType<typeof perShift>;
  /** of each shift that had any: what a decision would be asked about, `kind|group key` */
  readonly shifts: readonly {
    readonly from: string;
    readonly alerts: number;
    readonly groups: readonly string[];
  }[];
}

const PAGE = 2_000;
/** Seconds; the scorer's own default. */
const LATENESS = 5;
const WHOLE_HOUR = 3_600;

/**
 * Takes every row of a stretch, nothing thinned, in the order in which Zeek would write it, through the scorer's own
 * stage, and counts the alerts that it would have written. Nothing is kept, so memory doesn't grow with the rows.
 *
 * @param from seconds since the epoch; a shift begins at 0, 8 and 16 o'clock (UTC)
 * @param hours how long
 * @param seconds of each hour that are recorded
 * @param passed told of each shift when it is over: when it began, its rows, its alerts so far
 */
export function wholeShifts(
  { model, plant, options }: TrainedPlant,
  from: number,
  hours: number,
  seconds = WHOLE_HOUR,
  passed: (from: string, rows: number, groups: readonly string[]) => void = () => {},
): Shifts {
  const stage = new ScoringStage(new Scorer(model), LATENESS);
  const byShift = new Map<number, Set<string>>();
  const tell = (findings: readonly Finding[]) => {
    for (const { observation, verdict } of findings)
      for (const { group } of groupsOf(observation.record, verdict, () => false)) {
        const groups = byShift.get(group.shift) ?? new Set();
        byShift.set(group.shift, groups.add(`${group.kind}|${group.key}`));
      }
  };
  let [rows, rowsBefore] = [0, 0];
  let shift = Math.floor(from / SHIFT_SECONDS);
  let page: Arrival[] = [];
  const to = from + hours * 3600;
  for (const { log, row, writtenAt } of simulatePlant({
    plant,
    from,
    to,
    thinning: { observeSecondsPerHour: seconds },
    ...(options.activities === undefined ? {} : { activities: options.activities }),
  })) {
    if (writtenAt >= (shift + 1) * SHIFT_SECONDS) {
      passed(isoOf(shift * SHIFT_SECONDS), rows - rowsBefore, [...(byShift.get(shift) ?? [])]);
      shift = Math.floor(writtenAt / SHIFT_SECONDS);
      rowsBefore = rows;
    }
    rows += 1;
    page.push({
      index: 'simulated',
      id: `${rows}`,
      ingested: isoOf(writtenAt),
      document: undefined,
      row: { log, sensor: undefined, columns: row },
    });
    if (page.length < PAGE) continue;
    tell(stage.push(page));
    page = [];
  }
  tell(stage.push(page));
  tell(stage.flush());
  const counts = new Map([...byShift].map(([shift, groups]) => [shift, groups.size]));
  return {
    from: isoOf(from),
    hours,
    rows,
    alertsAShift: perShift(counts, Math.ceil((hours * 3600) / SHIFT_SECONDS)),
    shifts: [...byShift]
      .sort(([a], [b]) => a - b)
      .map(([shift, groups]) => ({
        from: isoOf(shift * SHIFT_SECONDS),
        alerts: groups.size,
        groups: [...groups].sort(),
      })),
  };
}
