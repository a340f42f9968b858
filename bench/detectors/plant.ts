import { type OtRecord, toOtRecord } from '../../src/features/otRecord.js';
import type { Model } from '../../src/model/artifact.js';
import { rowsBaseline } from '../../src/model/training/rowsBaseline.js';
import { type BaselineSource, FOREST_DEFAULTS, ROWS_PER_KEY, train } from '../../src/model/training/train.js';
import {
  buildPlant,
  type Plant,
  type ScenarioAt,
  type ScenarioLabel,
  type SimulatedRow,
  simulatePlant,
} from '../../src/simulator/index.js';
import { wholeMonth } from './wholeMonth.js';

export const DAY = 86_400;
export const FROM = Date.parse('2026-01-05T00:00:00Z') / 1000;
export const BASELINE_DAYS = 30;
export const HELD_OUT_DAYS = 30;
export const HELD_OUT_FROM = FROM + BASELINE_DAYS * DAY;
export const HELD_OUT_TO = HELD_OUT_FROM + HELD_OUT_DAYS * DAY;

export interface PlantOptions {
  readonly seed: number;
  readonly plcs: number;
  readonly with: readonly string[];
  readonly observeSecondsPerHour: number;
  /** every row of the month is learnt, whatever of each hour is recorded later */
  readonly learnWhole?: boolean;
  /** names of the activities that go on, in a month that is learnt whole and in whole shifts */
  readonly activities?: RegExp;
}

export interface TrainedPlant {
  readonly options: PlantOptions;
  readonly plant: Plant;
  readonly model: Model;
}

export function plantOf(options: PlantOptions): Plant {
  return buildPlant({ seed: options.seed, plcs: options.plcs, with: options.with });
}

/** Learns thirty simulated days. */
export async function trainPlant(options: PlantOptions): Promise<TrainedPlant> {
  const plant = plantOf(options);
  const source =
    options.learnWhole === true
      ? wholeMonth(plant, FROM, HELD_OUT_FROM, options.activities)
      : thinnedMonth(plant, options);
  const result = await train(source, {
    ...FOREST_DEFAULTS,
    from: FROM,
    to: HELD_OUT_FROM,
    rowsPerKey: ROWS_PER_KEY,
    acceptShortBaseline: true,
  });
  if ('refusal' in result) throw new Error(`training was refused: ${result.refusal.reason}`);
  return { options, plant, model: result.model };
}

function thinnedMonth(plant: Plant, options: PlantOptions): BaselineSource {
  const { rows } = simulated(plant, options, FROM, HELD_OUT_FROM);
  const records = rows.flatMap(({ log, row }) => toOtRecord({ log, sensor: undefined, columns: row }) ?? []);
  return asRecorded(rowsBaseline(records));
}

/** Seconds: a longer pause of what is polled lies between recorded stretches. */
const RECORDED_WITHIN = 600;

/**
 * A plant's rows are thinned to stretches, and what lies between two of them is the recording's pause, not the plant's: a
 * real relation that is sampled whole has none, and one that is not is sampled in stretches too.
 */
function asRecorded(source: BaselineSource): BaselineSource {
  return {
    hourCounts: () => source.hourCounts(),
    parts: (group) => source.parts(group),
    addresses: (group, parts) => source.addresses(group, parts),
    async sample(group, limit, seed) {
      const stretches = await source.sample(group, limit, seed);
      return stretches.flatMap((rows) => {
        const parts: OtRecord[][] = [];
        let last = Number.NEGATIVE_INFINITY;
        for (const row of rows) {
          if (row.ts - last > RECORDED_WITHIN) parts.push([]);
          parts[parts.length - 1]?.push(row);
          last = row.ts;
        }
        return parts;
      });
    },
  };
}

/** Rows in order of time, as a past window is read. */
export function simulated(
  plant: Plant,
  { observeSecondsPerHour }: PlantOptions,
  from: number,
  to: number,
  scenarios: readonly ScenarioAt[] = [],
): { readonly rows: readonly SimulatedRow[]; readonly labels: readonly ScenarioLabel[] } {
  const rows: SimulatedRow[] = [];
  const generator = simulatePlant({ plant, from, to, scenarios, thinning: { observeSecondsPerHour } });
  for (;;) {
    const next = generator.next();
    if (next.done === true) {
      rows.sort((a, b) => Number(a.row['ts']) - Number(b.row['ts']));
      return { rows, labels: next.value };
    }
    rows.push(next.value);
  }
}
