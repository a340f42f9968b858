import { expect, it } from 'vitest';
import { STEP_MS, startOfStep, TakenRows } from '../../../src/elasticsearch/takenRows.js';

const at = 1_700_000_000;
const begin = at * 1000;

function taken(...arrivals: readonly number[]): TakenRows {
  const rows = new TakenRows();
  for (const arrival of arrivals) rows.add(arrival);
  return rows;
}

it('tells the first step of which Elasticsearch has more than was taken in', () => {
  const rows = taken(at, at + 0.099, at + 0.1, at + 0.25);
  const found = [
    { at: begin, documents: 2 },
    { at: begin + STEP_MS, documents: 1 },
    { at: begin + 2 * STEP_MS, documents: 2 },
    { at: begin + 5 * STEP_MS, documents: 1 },
  ];
  expect(rows.firstLacking(found)).toBe(at + 0.2);
  expect(rows.firstLacking(found.slice(0, 2))).toBeUndefined();
  expect(rows.firstLacking([])).toBeUndefined();
});

it('takes nothing that was not counted for taken in: a process that goes on after another', () => {
  expect(taken().firstLacking([{ at: begin, documents: 1 }])).toBe(at);
});

it('is not misled by fewer documents than were taken in: an index is deleted', () => {
  expect(taken(at, at).firstLacking([{ at: begin, documents: 1 }])).toBeUndefined();
});

it('forgets steps before a time, not the one in which it lies', () => {
  const rows = taken(at, at + 0.15);
  rows.forget(at + 0.19);
  expect(rows.firstLacking([{ at: begin + STEP_MS, documents: 1 }])).toBeUndefined();
  expect(rows.firstLacking([{ at: begin, documents: 1 }])).toBe(at);
});

it('puts every millisecond into the step that Elasticsearch puts it into', () => {
  for (let ms = 0; ms < 1_000; ms += 1)
    expect(startOfStep(Date.parse(new Date(begin + ms).toISOString()) / 1000)).toBe(
      begin + Math.floor(ms / STEP_MS) * STEP_MS,
    );
});
