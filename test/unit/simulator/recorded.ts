import {
  buildPlant,
  type LogName,
  logsOf,
  type Plant,
  type PlantProtocol,
  type ScenarioAt,
  type ScenarioLabel,
  type SimulatedRow,
  simulatePlant,
} from '../../../src/simulator/index.js';

/** A Monday. */
export const START = Date.parse('2026-01-05T00:00:00Z') / 1000;
export const HOUR = 3_600;
export const DAY = 86_400;

interface Recorded {
  readonly plant: Plant;
  readonly rows: readonly SimulatedRow[];
  readonly labels: readonly ScenarioLabel[];
}

/** All rows of a simulation, with its labels. */
export function record(options: {
  readonly seed?: number;
  readonly plcs: number;
  readonly protocols?: readonly PlantProtocol[];
  readonly with?: readonly string[];
  readonly from?: number;
  readonly seconds: number;
  readonly observe: number;
  readonly scenarios?: readonly ScenarioAt[];
  readonly logs?: readonly LogName[];
}): Recorded {
  const plant = buildPlant({
    seed: options.seed ?? 42,
    plcs: options.plcs,
    protocols: options.protocols ?? ['modbus'],
    with: options.with ?? [],
  });
  const from = options.from ?? START;
  const generated = simulatePlant({
    plant,
    from,
    to: from + options.seconds,
    thinning: { observeSecondsPerHour: options.observe },
    scenarios: options.scenarios ?? [],
    logs: options.logs ?? logsOf(plant),
  });
  const rows: SimulatedRow[] = [];
  for (let next = generated.next(); ; next = generated.next()) {
    if (next.done === true) return { plant, rows, labels: next.value };
    rows.push(next.value);
  }
}

export function text(row: SimulatedRow, column: string): string {
  return String(row.row[column] ?? '');
}

export function number(row: SimulatedRow, column: string): number {
  return Number(row.row[column] ?? Number.NaN);
}

export function groupBy(
  rows: readonly SimulatedRow[],
  key: (row: SimulatedRow) => string,
): ReadonlyMap<string, readonly SimulatedRow[]> {
  const groups = new Map<string, SimulatedRow[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
