import { plantActivities } from './activities/plantActivities.js';
import type { Activity, LogName, Recording, SimulatedRow, Thinning } from './activity.js';
import { SimulatorError } from './errors.js';
import { mergeSteps } from './mergeSteps.js';
import { withCaptureLoss } from './observe/captureLoss.js';
import { logsOf, type Plant } from './plant.js';
import { childKey } from './random.js';
import type { Injection, OpenLabel, ScenarioLabel } from './scenarios/scenario.js';
import { scenarioNamed } from './scenarios/table.js';
import { DEFAULT_OBSERVE_SECONDS_PER_HOUR } from './thinning.js';
import { fromSeconds, type Span, toIso } from './time.js';

export interface ScenarioAt {
  readonly name: string;
  /** Seconds since the epoch, inside what is simulated. */
  readonly at: number;
}

export interface SimulateOptions {
  readonly plant: Plant;
  /** Seconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly thinning?: Thinning;
  readonly scenarios?: readonly ScenarioAt[];
  /** By default those of the plant's protocols: conn and modbus for Modbus. */
  readonly logs?: readonly LogName[];
  /** names of activities (`scada>10.0.10.1`) that go on, scenarios beside them; all by default */
  readonly activities?: RegExp;
}

/**
 * The rows that Zeek would write while it watches the plant, in the order in which it would write
 * them; connections still open at the end have no conn row yet. Lazy, in bounded memory. Returns, when
 * it is done, the scenarios' labels.
 *
 * The same options give the same rows. Another log or more thinning only adds rows or leaves them out, and
 * so does a scenario, except for the relations that it is about.
 *
 * @throws SimulatorError `bad-option`, `unknown-scenario`, `scenario-time`, `scenario-impossible`
 */
export function simulatePlant(options: SimulateOptions): Generator<SimulatedRow, readonly ScenarioLabel[]> {
  const recording = recordingOf(options);
  const injections = (options.scenarios ?? []).map((scenario, n) => ({
    name: scenario.name,
    ...inject(options.plant, scenario, n, recording),
  }));
  const own = plantActivities(
    options.plant,
    (relation) => injections.reduce((changed, { adjust }) => adjust?.(changed) ?? changed, relation),
    (relation) =>
      injections.reduce((changed, { adjustCollecting }) => adjustCollecting?.(changed) ?? changed, relation),
  );
  const activities = [
    ...named(own, options.activities),
    ...injections.flatMap((injection) => injection.activities),
  ];
  const labels = injections.flatMap(({ name, labels }) => labels.map((label) => ({ scenario: name, label })));
  const rows = mergeSteps(activities.map((activity) => activity.steps(recording)));
  const lossy = options.plant.additions.some(({ name }) => name === 'capture-loss');
  const seen = lossy ? withCaptureLoss(rows, childKey(options.plant.key, 'sensor'), recording) : rows;
  return run(seen, recording, labels);
}

/**
 * What goes on in the plant by itself, each activity with rows of its own, before a sensor loses any.
 *
 * @param names of those that go on; all by default
 */
export function activitiesOf(plant: Plant, names?: RegExp): readonly Activity[] {
  const all = plantActivities(
    plant,
    (relation) => relation,
    (relation) => relation,
  );
  return named(all, names);
}

function named(activities: readonly Activity[], names: RegExp | undefined): readonly Activity[] {
  return names === undefined ? activities : activities.filter(({ name }) => names.test(name));
}

function* run(
  rows: Iterable<SimulatedRow>,
  { to, logs }: Recording,
  labels: readonly { readonly scenario: string; readonly label: OpenLabel }[],
): Generator<SimulatedRow, readonly ScenarioLabel[]> {
  const labelled = new Set<unknown>();
  const seen = new Set<unknown>();
  let known = 0;
  for (const row of rows) {
    if (fromSeconds(row.writtenAt) >= to || !logs.has(row.log)) continue;
    const uids = labels.reduce((sum, { label }) => sum + label.uids.length, 0);
    if (uids > known) for (const { label } of labels) for (const uid of label.uids) labelled.add(uid);
    known = uids;
    if (labelled.has(row.row['uid'])) seen.add(row.row['uid']);
    yield row;
  }
  return labels.map(({ scenario, label }) => ({
    scenario,
    ...label,
    uids: label.uids.filter((uid) => seen.has(uid)),
  }));
}

function recordingOf({ plant, from, to, thinning, logs }: SimulateOptions): Recording {
  const seconds = thinning?.observeSecondsPerHour ?? DEFAULT_OBSERVE_SECONDS_PER_HOUR;
  if (!(seconds > 0 && seconds <= 3600))
    throw new SimulatorError(
      'bad-option',
      `of each hour more than 0 and at most 3600 seconds can be recorded, not ${seconds}`,
      'Give --observe-seconds-per-hour a number in that range; 3600 records everything.',
    );
  if (!(to > from))
    throw new SimulatorError(
      'bad-option',
      `nothing to simulate from ${from} to ${to}`,
      'Let the end be after the start.',
    );
  return {
    from: fromSeconds(from),
    to: fromSeconds(to),
    thinning: { observeSecondsPerHour: seconds },
    logs: new Set(logs ?? logsOf(plant)),
  };
}

function inject(plant: Plant, { name, at }: ScenarioAt, n: number, window: Span): Injection {
  const scenario = scenarioNamed(name);
  const begins = fromSeconds(at);
  if (begins < window.from || begins >= window.to)
    throw new SimulatorError(
      'scenario-time',
      `${name} at ${toIso(begins)} is outside what is simulated`,
      `Choose a time from ${toIso(window.from)} to ${toIso(window.to)}.`,
    );
  if (!plant.protocols.includes(scenario.protocol))
    throw new SimulatorError(
      'scenario-impossible',
      `${name} needs a plant that speaks ${scenario.protocol}, and this one speaks ${plant.protocols.join(', ')}`,
      `Simulate with --protocol ${scenario.protocol} or --protocol all.`,
    );
  return scenario.inject({ plant, at: begins, window, key: childKey(plant.key, 'scenario', name, n) });
}
