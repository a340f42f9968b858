import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { toOtRecord } from '../../src/features/otRecord.js';
import { modelSchema } from '../../src/model/artifact.js';
import { ADDITIONS } from '../../src/simulator/index.js';
import { tryChanges } from './changes.js';
import { fleet } from './fleet.js';
import { judge, perShift, tellings } from './judged.js';
import {
  HELD_OUT_DAYS,
  HELD_OUT_FROM,
  HELD_OUT_TO,
  type PlantOptions,
  plantOf,
  simulated,
  type TrainedPlant,
  trainPlant,
} from './plant.js';
import { pollersOf } from './pollers.js';
import { tryIntrusion, tryScenarios } from './scenarios.js';
import { SUBSETS } from './subsets.js';
import { wholeShifts } from './unthinned.js';

/** A model that was kept goes with the plant of the same options: nothing tells another one's apart. */
async function trainOrLoad(file: string | undefined, options: PlantOptions): Promise<TrainedPlant> {
  if (file !== undefined && existsSync(file)) {
    const model = modelSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { options, plant: plantOf(options), model };
  }
  const trained = await trainPlant(options);
  if (file !== undefined) writeFileSync(file, JSON.stringify(trained.model));
  return trained;
}

/** Evaluates every detector on one simulated plant, or on a fleet of them: prints one JSON object. */
const options = new Command('bench:detectors')
  .description('train on 30 simulated days, count false positives on the next 30, then change and attack')
  .option('--seed <n>', 'of the plant', Number, 1)
  .option('--plcs <n>', 'PLCs', Number, 20)
  .option('--with <names>', '"all", or names of additions with commas between', '')
  .option('--observe-seconds-per-hour <n>', 'how much of each hour is recorded', Number, 3)
  .option('--changes-only', 'of the scenarios try the intrusion amid new PLCs alone')
  .option(
    '--fleet [plants]',
    'so many plants of 5 to 200 PLCs, everything added, seeds from the commit (default 20)',
  )
  .option('--commit <hash>', 'what the seeds of a fleet are made from; default: the one that is checked out')
  .option(
    '--whole-hours <n>',
    'after training, only take so many hours through, every row of them, and count alerts by shift',
    Number,
  )
  .option('--whole-from <hours>', 'where they begin, after the start of the held-out month', Number, 8)
  .option(
    '--learn-whole',
    'learn every row of the month, as training does in Elasticsearch: all counted, and the same sample; without capture-loss',
  )
  .option(
    '--activities <regexp>',
    "with --learn-whole and --whole-hours: names of the plant's activities that go on; '^(?!scada|hmi)' leaves fast polls out",
    (value) => new RegExp(value),
  )
  .option(
    '--model <file>',
    'with --whole-hours: where the model is kept, so that later shifts of the plant need no learning; learnt if it is not there',
  )
  .option('--jobs <n>', 'plants of a fleet at once', Number, 2)
  .parse()
  .opts<{
    seed: number;
    plcs: number;
    with: string;
    observeSecondsPerHour: number;
    changesOnly?: boolean;
    fleet?: string | true;
    commit?: string;
    jobs: number;
    wholeHours?: number;
    wholeFrom: number;
    learnWhole?: boolean;
    activities?: RegExp;
    model?: string;
  }>();
const isWhole =
  options.learnWhole === true && options.wholeHours !== undefined && options.fleet === undefined;
if (options.activities !== undefined && !isWhole)
  throw new Error('--activities goes with --learn-whole and --whole-hours');
if (options.model !== undefined && options.wholeHours === undefined)
  throw new Error('--model goes with --whole-hours');
if (options.fleet !== undefined) {
  await fleet({ ...options, plants: options.fleet === true ? 20 : Number(options.fleet) });
  process.exit(0);
}

const began = performance.now();
const say = (what: string) =>
  void process.stderr.write(`${((performance.now() - began) / 1000).toFixed(1)} s: ${what}\n`);
const names =
  options.with === 'all' ? ADDITIONS.map(({ name }) => name) : options.with.split(',').filter(Boolean);
say(`${options.plcs} PLCs, seed ${options.seed}, with ${names.join(', ') || 'nothing'}: learning`);
const trained = await trainOrLoad(options.model, { ...options, with: names });
if (options.wholeHours !== undefined) {
  const from = HELD_OUT_FROM + options.wholeFrom * 3600;
  say('every row of the shifts');
  const whole = wholeShifts(trained, from, options.wholeHours, 3600, (shift, rows, groups) =>
    say(`${shift}: ${rows} rows, ${groups.length} alerts ${JSON.stringify(groups)}`),
  );
  // A model of the whole month takes the recording's pauses for silence.
  const thinned = options.learnWhole
    ? undefined
    : wholeShifts(trained, from, options.wholeHours, options.observeSecondsPerHour);
  say('done');
  process.stdout.write(`${JSON.stringify({ whole, thinned })}\n`);
  process.exit(0);
}
say('held-out month');
const { rows } = simulated(trained.plant, trained.options, HELD_OUT_FROM, HELD_OUT_TO);
const judged = judge(trained.model, rows);
const shifts = HELD_OUT_DAYS * 3;
const falsePositives = Object.fromEntries(
  SUBSETS.map((subset) => {
    const { rows: below, byShift } = tellings(judged, subset);
    return [
      subset.name,
      { rows: below, rate: below / judged.records, alertsAShift: perShift(byShift, shifts) },
    ];
  }),
);
const detail = new Map<string, number>();
for (const { parts, record } of judged.found)
  for (const { detector, evidence } of parts) {
    const key = `${detector}|${evidence[0]?.feature ?? ''}|${record.log}|${record.functionCode}|${record.source}>${record.destination}`;
    detail.set(key, (detail.get(key) ?? 0) + 1);
  }
say('changes');
const records = rows.flatMap(({ log, row }) => toOtRecord({ log, sensor: undefined, columns: row }) ?? []);
const { pollers, isPolled } = pollersOf(trained.plant);
const changes = tryChanges(trained.model, records, pollers, isPolled);
say('scenarios');
const scenarios = options.changesOnly === true ? {} : tryScenarios(trained);
const intrusion = tryIntrusion(trained);
say('done');
const { baseline } = trained.model;
process.stdout.write(
  `${JSON.stringify({
    plant: { seed: options.seed, plcs: options.plcs, with: names },
    records: {
      baseline: Object.values(baseline.logs).reduce((sum, log) => sum + log.rows, 0),
      heldOut: judged.records,
    },
    falsePositives,
    worst: [...detail].sort((a, b) => b[1] - a[1]).slice(0, 20),
    changes,
    scenarios,
    intrusion,
    comparison: trained.model.comparison,
  })}\n`,
);
