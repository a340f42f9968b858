import type { OtRecord } from '../features/otRecord.js';
import { groupKey } from '../features/relation.js';
import { partsOfHours } from '../model/training/partsOfHour.js';
import type { HourCount } from '../model/training/structureCounts.js';
import { addToGroup, type BaselineSource } from '../model/training/train.js';
import { partOfWindow } from '../model/training/writtenAddresses.js';

/** A few relations of the plant, counted and sampled: enough to train a small copy in a second, many times over. */
export interface SubPlant {
  readonly counts: readonly HourCount[];
  /** `groupKey` → stretches of consecutive rows */
  readonly rows: ReadonlyMap<string, readonly (readonly OtRecord[])[]>;
}

/** Rows of a sub-plant's group that are sampled; more would only make each of many trainings slower. */
export const SUB_PLANT_ROWS = 2_000;

/** Reads every group with one of these destinations. */
export async function readSubPlant(
  source: BaselineSource,
  destinations: ReadonlySet<string>,
  seed: number,
): Promise<SubPlant> {
  const counts: HourCount[] = [];
  const groups = new Map<string, { readonly example: OtRecord; rows: number }>();
  for await (const count of source.hourCounts()) {
    if (!destinations.has(count.record.destination)) continue;
    counts.push(count);
    addToGroup(groups, count);
  }
  const rows = new Map<string, readonly (readonly OtRecord[])[]>();
  for (const [key, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
    rows.set(key, await source.sample(group, SUB_PLANT_ROWS, seed));
  return { counts, rows };
}

/** The sub-plant as a baseline to train on, with other relations beside it. It knows of no pause within an hour. */
export function withRelations(plant: SubPlant, added: readonly SubPlant[]): BaselineSource {
  const all = [plant, ...added];
  return {
    async *hourCounts() {
      for (const { counts } of all) yield* counts;
    },
    async parts({ example }) {
      const key = groupKey(example);
      const own = all.flatMap(({ counts }) => counts).filter(({ record }) => groupKey(record) === key);
      return partsOfHours([...new Set(own.map(({ hour }) => hour))].sort((a, b) => a - b));
    },
    async *addresses({ example }, parts) {
      for (const { rows } of all)
        for (const { ts, address, quantity } of (rows.get(groupKey(example)) ?? []).flat())
          if (address !== undefined) yield { address, quantity, part: partOfWindow(ts, parts) };
    },
    async sample({ example }) {
      return all.flatMap(({ rows }) => rows.get(groupKey(example)) ?? []);
    },
  };
}

/** Rows as a sub-plant: each hour's rows counted, all of them sampled in one stretch a connection. */
export function subPlantOf(records: readonly OtRecord[]): SubPlant {
  const counts = new Map<string, HourCount>();
  const rows = new Map<string, OtRecord[]>();
  for (const record of records) {
    const key = groupKey(record);
    const hour = Math.floor(record.ts / 3600);
    const at = `${key}|${hour}`;
    const known = counts.get(at) ?? { record, hour, rows: 0, exceptions: 0, requests: 0 };
    const exceptions = known.exceptions + (record.exception === undefined ? 0 : 1);
    const requests = known.requests + (record.kind === 'response' ? 0 : 1);
    counts.set(at, { ...known, rows: known.rows + 1, exceptions, requests });
    const of = rows.get(key);
    if (of === undefined) rows.set(key, [record]);
    else of.push(record);
  }
  return {
    counts: [...counts.values()],
    rows: new Map([...rows].map(([key, of]) => [key, [of.filter(({ kind }) => kind !== 'response')]])),
  };
}
