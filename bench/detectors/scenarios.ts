import { groupsOf } from '../../src/anomaly/group.js';
import { type ScenarioLabel, SimulatorError } from '../../src/simulator/index.js';
import { type Found, type Judged, judge, verdictOf } from './judged.js';
import { DAY, HELD_OUT_TO, simulated, type TrainedPlant } from './plant.js';
import { ALLOW_LIST, SUBSETS } from './subsets.js';

/** Name → days simulated. */
const SCENARIOS: Readonly<Record<string, number>> = {
  'new-source': 1,
  'historian-pivot': 1,
  'new-write': 1,
  'second-writer': 1,
  'write-burst': 1,
  'write-elsewhere': 1,
  'faster-polling': 1,
  scan: 1,
  flood: 1,
  'off-hours-engineering': 3,
  'new-plc-flood': 1,
  'slow-drift-interval': 3,
  'slow-drift-bytes': 3,
};
/** Seconds after the held-out month, which ends on a Friday at midnight: that morning, and the night to Sunday. */
const BEGINS = 10 * 3600;
const OFF_HOURS = 2 * DAY + 3 * 3600;

/** What a subset of the detectors found of a scenario. */
export interface ScenarioFound {
  readonly rows: number;
  readonly found: number;
  /** after the scenario's first row; undefined if never */
  readonly secondsToFirst: number | undefined;
  /** rows of the scenario that came before the first that was found */
  readonly rowsToFirst: number | undefined;
}

/** An intrusion in the middle of a scenario that makes noise of its own. */
export interface Intrusion {
  /** seconds from its first row to the first alert that is its own and not the noise's; undefined if there was none */
  readonly secondsToOwnAlert: number | undefined;
  /** alerts of the whole scenario */
  readonly alerts: number;
}

/** Scenario → subset → what it found. */
export type ScenarioResults = Readonly<Record<string, Readonly<Record<string, ScenarioFound>>>>;

export function tryScenarios(trained: TrainedPlant): ScenarioResults {
  const results: Record<string, Record<string, ScenarioFound>> = {};
  for (const [name, days] of Object.entries(SCENARIOS)) {
    const tried = tryScenario(trained, name, days);
    if (tried !== undefined) results[name] = tried;
  }
  return results;
}

/** How soon an intruder is told of while a dozen new PLCs make alerts of their own. */
export function tryIntrusion(trained: TrainedPlant): Intrusion {
  const at = HELD_OUT_TO + BEGINS;
  const { rows, labels } = simulated(trained.plant, trained.options, HELD_OUT_TO, HELD_OUT_TO + DAY, [
    { name: 'new-plc-flood', at },
  ]);
  const uids = (of: (label: ScenarioLabel) => boolean) =>
    new Set(labels.filter(of).flatMap((label) => label.uids));
  const intruder = uids(({ note }) => note.includes('intrusion'));
  const noise = uids(({ note }) => !note.includes('intrusion'));
  const { found } = judge(trained.model, rows);
  const groups = (of: ReadonlySet<string>) =>
    found
      .filter(({ record }) => of.has(record.uid) && record.ts >= at - 60)
      .flatMap((row) => groupsOfFound(row).map((key) => ({ key, ts: row.record.ts })));
  const others = new Set(groups(noise).map(({ key }) => key));
  const own = groups(intruder).filter(({ key }) => !others.has(key));
  const first = rows.find(({ row }) => intruder.has(String(row['uid'])));
  return {
    secondsToOwnAlert:
      own.length === 0 ? undefined : Math.min(...own.map(({ ts }) => ts)) - Number(first?.row['ts']),
    alerts: new Set([...others, ...own.map(({ key }) => key)]).size,
  };
}

function groupsOfFound({ record, parts }: Found): readonly string[] {
  const own = parts.filter(({ detector }) => detector !== ALLOW_LIST);
  if (own.length === 0) return [];
  return groupsOf(record, verdictOf(own), () => false).map(({ group }) => `${group.shift}|${group.key}`);
}

function tryScenario(trained: TrainedPlant, name: string, days: number) {
  const at = HELD_OUT_TO + (name === 'off-hours-engineering' ? OFF_HOURS : BEGINS);
  const run = () =>
    simulated(trained.plant, trained.options, HELD_OUT_TO, HELD_OUT_TO + days * DAY, [{ name, at }]);
  let rows: ReturnType<typeof run>;
  try {
    rows = run();
  } catch (error) {
    if (error instanceof SimulatorError) return undefined; // this plant has nothing to do it with
    throw error;
  }
  const uids = new Set(rows.labels.flatMap((label) => label.uids));
  const own = rows.rows.filter(({ row }) => uids.has(String(row['uid'])) && Number(row['ts']) >= at - 60);
  const judged: Judged = judge(trained.model, rows.rows);
  const times = own.map(({ row }) => Number(row['ts']));
  const first = times[0] ?? at;
  return Object.fromEntries(
    SUBSETS.map((subset) => {
      const found = judged.found.filter(
        ({ record, parts }) =>
          uids.has(record.uid) && record.ts >= at - 60 && parts.some(({ detector }) => subset.has(detector)),
      );
      const firstFound = found.reduce(
        (least, { record }) => Math.min(least, record.ts),
        Number.POSITIVE_INFINITY,
      );
      const isFound = found.length > 0;
      return [
        subset.name,
        {
          rows: own.length,
          found: found.length,
          secondsToFirst: isFound ? firstFound - first : undefined,
          rowsToFirst: isFound ? times.filter((ts) => ts < firstFound).length : undefined,
        },
      ];
    }),
  );
}
