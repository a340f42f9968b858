import { describe, expect, it } from 'vitest';
import { wholeMonth } from '../../../bench/detectors/wholeMonth.js';
import { type OtRecord, toOtRecord } from '../../../src/features/otRecord.js';
import { groupKey } from '../../../src/features/relation.js';
import { beginOf, stretchPlan, withinLimit } from '../../../src/model/training/stretchPlan.js';
import { buildPlant, type Plant, simulatePlant } from '../../../src/simulator/index.js';

const HOUR = 3_600;
/** A Wednesday. The connections' morning renewal and the maintenance lie within six hours from it. */
const FROM = Date.parse('2026-02-04T05:00:00Z') / 1000;
const SEED = 42;

interface Hour {
  rows: number;
  exceptions: number;
  requests: number;
}

/** Every row made and read, by group. */
function everyRow(plant: Plant, from: number, to: number): ReadonlyMap<string, readonly OtRecord[]> {
  const groups = new Map<string, OtRecord[]>();
  const rows = simulatePlant({ plant, from, to, thinning: { observeSecondsPerHour: HOUR } });
  for (const { log, row } of rows) {
    const record = toOtRecord({ log, sensor: undefined, columns: row });
    if (record === undefined) continue;
    const key = groupKey(record);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [record]);
    else group.push(record);
  }
  for (const group of groups.values()) group.sort((a, b) => a.ts - b.ts);
  return groups;
}

function countsOf(groups: ReadonlyMap<string, readonly OtRecord[]>): Record<string, Hour> {
  const counts: Record<string, Hour> = {};
  for (const [key, rows] of groups)
    for (const { ts, exception, kind } of rows) {
      counts[`${key} ${Math.floor(ts / HOUR)}`] ??= { rows: 0, exceptions: 0, requests: 0 };
      const hour = counts[`${key} ${Math.floor(ts / HOUR)}`] as Hour;
      hour.rows += 1;
      if (exception !== undefined) hour.exceptions += 1;
      if (kind !== 'response') hour.requests += 1;
    }
  return counts;
}

/** The sample as Elasticsearch draws it, from rows that are all there. */
function sampleOf(rows: readonly OtRecord[], limit: number): readonly (readonly OtRecord[])[] {
  const requests = rows.filter(({ kind }) => kind !== 'response');
  if (requests.length <= limit) return [requests];
  const plan = stretchPlan(new Set(requests.map(({ ts }) => Math.floor(ts / HOUR))).size, limit);
  const spans = new Map<number, OtRecord[]>();
  for (const request of requests) {
    const span = Math.floor((request.ts - beginOf(plan, SEED)) / plan.seconds);
    spans.set(span, [...(spans.get(span) ?? []), request].slice(0, plan.rows));
  }
  return withinLimit([...spans.values()], limit);
}

function timesOf(stretches: readonly (readonly OtRecord[])[]): readonly (readonly string[])[] {
  return stretches.map((stretch) => stretch.map(({ ts, uid }) => `${ts} ${uid}`));
}

describe.each([
  { name: 'as plants are', seed: 83, with: [] },
  {
    name: 'with gateways, pipelining, visitors and breaks',
    seed: 81,
    with: ['serial-gateway', 'pipelining', 'shift-change', 'scheduled-reports', 'slow-seasons'],
  },
])('a whole window of a plant $name', ({ seed, with: additions }) => {
  const to = FROM + 6 * HOUR;
  const plant = buildPlant({ seed, plcs: 2, with: additions });
  const rows = everyRow(plant, FROM, to);
  const source = wholeMonth(plant, FROM, to);

  it('counts every row that the simulator makes', async () => {
    const counted: Record<string, Hour> = {};
    for await (const { record, hour, ...counts } of source.hourCounts())
      counted[`${groupKey(record)} ${hour}`] = counts;
    expect(counted).toEqual(countsOf(rows));
    expect(Object.values(counted).reduce((sum, { rows: n }) => sum + n, 0)).toBeGreaterThan(250_000);
    expect(Object.values(counted).some(({ exceptions }) => exceptions > 0)).toBe(true);
  });

  it('knows which five minutes hold rows of a group', async () => {
    for (const [key, group] of rows) {
      const parts = await source.parts({ example: group[0] as OtRecord, rows: group.length });
      expect(parts, key).toEqual([...new Set(group.map(({ ts }) => Math.floor(ts / 300)))]);
    }
  });

  it.each([60, 150, 5_000])('draws the same sample of %i rows a group', async (limit) => {
    for (const [key, group] of rows) {
      const example = group[0] as OtRecord;
      const requests = group.filter(({ kind }) => kind !== 'response').length;
      const sample = await source.sample({ example, rows: requests }, limit, SEED);
      expect(timesOf(sample), key).toEqual(timesOf(sampleOf(group, limit)));
    }
  });
});
