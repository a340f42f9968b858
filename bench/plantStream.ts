import { IntervalTracker } from '../src/features/intervalTracker.js';
import { type OtRecord, toOtRecord } from '../src/features/otRecord.js';
import { isoOf } from '../src/isoTime.js';
import type { Model } from '../src/model/artifact.js';
import { FEATURES, featureVector } from '../src/model/featureVector.js';
import { Known } from '../src/model/known.js';
import { rowsBaseline } from '../src/model/training/rowsBaseline.js';
import { FOREST_DEFAULTS, train } from '../src/model/training/train.js';
import type { Arrival } from '../src/scoring/scoringStage.js';
import { buildPlant, type SimulatedRow, simulatePlant } from '../src/simulator/index.js';

const DAY = 86_400;
const FROM = Date.parse('2026-01-01T00:00:00Z') / 1000;
const SEED = 7;
const PLCS = 20;
const BASELINE_DAYS = 15;
const ROWS_PER_KEY = 2_000;

/** A model of a simulated plant, and the plant's next day as it would be scored. */
export interface PlantStream {
  readonly model: Model;
  readonly arrivals: readonly Arrival[];
  /** feature rows of the baseline, row by row */
  readonly training: Float64Array;
  /** feature rows of the arrivals */
  readonly rows: Float64Array;
}

/** @param count rows of the next day, recorded without gaps */
export async function plantStream(count: number): Promise<PlantStream> {
  const to = FROM + BASELINE_DAYS * DAY;
  const baseline = [...simulated(FROM, to, undefined)].flatMap((row) => recordOf(row) ?? []);
  const options = { ...FOREST_DEFAULTS, from: FROM, to, rowsPerKey: ROWS_PER_KEY, acceptShortBaseline: true };
  const result = await train(rowsBaseline(baseline), options);
  if ('refusal' in result) throw new Error(`training was refused: ${result.refusal.reason}`);
  const arrivals: Arrival[] = [];
  for (const row of simulated(to + DAY / 3, to + DAY, 3_600)) {
    arrivals.push(arrivalOf(row, arrivals.length));
    if (arrivals.length === count) break;
  }
  const records = arrivals.flatMap(({ row }) => (row === undefined ? [] : (toOtRecord(row) ?? [])));
  return {
    model: result.model,
    arrivals,
    training: vectors(baseline, result.model),
    rows: vectors(records, result.model),
  };
}

function simulated(from: number, to: number, observeSecondsPerHour: number | undefined) {
  const plant = buildPlant({ seed: SEED, plcs: PLCS });
  const thinning = observeSecondsPerHour === undefined ? {} : { thinning: { observeSecondsPerHour } };
  return simulatePlant({ plant, from, to, ...thinning });
}

function recordOf({ log, row }: SimulatedRow): OtRecord | undefined {
  return toOtRecord({ log, sensor: undefined, columns: row });
}

/** As a row arrives from Elasticsearch: strings of its own, not ones that the simulator shares between rows. */
function arrivalOf({ log, row, writtenAt }: SimulatedRow, n: number): Arrival {
  return {
    index: `logs-zeek.${log}-bench`,
    id: `${n}`,
    ingested: isoOf(writtenAt),
    document: undefined,
    row: { log, sensor: undefined, columns: JSON.parse(JSON.stringify(row)) as Record<string, unknown> },
  };
}

function vectors(records: readonly OtRecord[], model: Model): Float64Array {
  const known = new Known(model.baseline);
  const tracker = new IntervalTracker();
  const rows = new Float64Array(records.length * FEATURES.length);
  for (const [i, record] of records.entries()) {
    rows.set(featureVector(record, tracker.next(record), known), i * FEATURES.length);
  }
  return rows;
}
