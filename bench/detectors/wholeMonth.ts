import { type OtRecord, toOtRecord } from '../../src/features/otRecord.js';
import { groupKey, whereKey } from '../../src/features/relation.js';
import { partOf } from '../../src/model/training/partsOfHour.js';
import { beginOf, type StretchPlan, stretchPlan, withinLimit } from '../../src/model/training/stretchPlan.js';
import type { BaselineSource, Group } from '../../src/model/training/train.js';
import { type AddressSeen, partOfWindow } from '../../src/model/training/writtenAddresses.js';
import { isWriteRequest } from '../../src/model/writeRate.js';
import {
  type Activity,
  activitiesOf,
  logsOf,
  type Plant,
  type Recording,
  type Stretches,
} from '../../src/simulator/index.js';
import { SpanFiller } from './spanFiller.js';

const MICROSECONDS = 1e6;
const HOUR = 3_600;
const DAY = 86_400;
const NEVER: Stretches = () => ({ from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY });
const ALWAYS: Stretches = () => ({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY });

/** What was counted of one group: log, relation and function code. */
interface Counted {
  readonly example: OtRecord;
  /** of each hour of the window */
  readonly hours: readonly { rows: number; exceptions: number; requests: number }[];
  /** five minutes that hold rows, since the epoch */
  readonly parts: Set<number>;
  /** days since the epoch, by what was written to; of what writes alone */
  readonly written: Map<string, { readonly at: Where; readonly days: Set<number> }>;
  /** the activities that its rows come from */
  readonly activities: Set<Activity>;
}

type Where = Pick<AddressSeen, 'address' | 'quantity'>;

/** Rows of some activities, by group: all of them, or a plan's stretches. */
type Drawn = ReadonlyMap<string, readonly (readonly OtRecord[])[]>;

/**
 * A whole window of a simulated plant of Modbus, nothing thinned, as training takes it from Elasticsearch: every row is
 * counted, and the sample is the rows that Elasticsearch would give (`baselineSource.ts`). No more than one relation's sample
 * is held: polling cycles in which nothing goes wrong are counted without being made, and those of a sample are made when
 * they are asked for.
 *
 * @param from seconds since the epoch, inclusive, a full hour
 * @param to seconds since the epoch, exclusive
 * @param activities names of those that go on; all by default
 * @throws Error for a plant whose rows can't be counted so: of other protocols, or with lost packets
 */
export function wholeMonth(plant: Plant, from: number, to: number, activities?: RegExp): BaselineSource {
  const isLossy = plant.additions.some(({ name }) => name === 'capture-loss');
  if (isLossy || plant.protocols.some((protocol) => protocol !== 'modbus'))
    throw new Error('only of a plant that speaks Modbus and loses no packets a whole month can be learnt');
  const whole: Recording = {
    from: from * MICROSECONDS,
    to: to * MICROSECONDS,
    thinning: { observeSecondsPerHour: HOUR },
    logs: new Set(logsOf(plant)),
  };
  const groups = countRows(activitiesOf(plant, activities), whole);
  let last: { readonly key: string; readonly drawn: Drawn } | undefined;
  /** Groups of one relation follow each other, and mostly one run of its activities serves them all. */
  const remembered = (key: string, draw: () => Drawn): Drawn => {
    if (last?.key !== key) last = { key, drawn: draw() };
    return last.drawn;
  };
  return {
    async *hourCounts() {
      for (const { example, hours } of groups.values())
        for (const [i, counts] of hours.entries())
          if (counts.rows > 0) yield { record: example, hour: from / HOUR + i, ...counts };
    },
    async parts({ example }) {
      return [...(groups.get(groupKey(example))?.parts ?? [])].sort((a, b) => a - b);
    },
    async *addresses({ example }, parts) {
      for (const { at, days } of groups.get(groupKey(example))?.written.values() ?? [])
        for (const day of days) yield { ...at, part: partOfWindow(day * DAY, parts) };
    },
    async sample({ example, rows }: Group, limit, seed) {
      const key = groupKey(example);
      const group = groups.get(key);
      const requests = group?.hours.filter((hour) => hour.requests > 0) ?? [];
      if (group === undefined || requests.length === 0) return [[]];
      const names = [...group.activities].map(({ name }) => name).join();
      if (rows <= limit) {
        const expected = requests.reduce((sum, hour) => sum + hour.requests, 0);
        const beside = remembered(`beside|${names}`, () => drawAll(group.activities, whole, NEVER)).get(key);
        if (beside?.[0]?.length === expected) return beside;
        return remembered(`all|${names}`, () => drawAll(group.activities, whole, ALWAYS)).get(key) ?? [];
      }
      const plan = stretchPlan(requests.length, limit);
      const begin = beginOf(plan, seed);
      const drawn = remembered(`${plan.seconds}|${plan.rows}|${begin}|${names}`, () => {
        const alike = [...groups].filter(([, other]) => isDrawnAlike(other, group, plan, limit));
        return drawStretches(group.activities, whole, plan, begin, new Set(alike.map(([own]) => own)));
      });
      return withinLimit(drawn.get(key) ?? [], limit);
    },
  };
}

function countRows(activities: readonly Activity[], whole: Recording): ReadonlyMap<string, Counted> {
  const groups = new Map<string, Counted>();
  const recording = { ...whole, thinning: { ...whole.thinning, stretchesOf: () => NEVER }, counts: true };
  const first = whole.from / MICROSECONDS / HOUR;
  const hours = Math.ceil(whole.to / MICROSECONDS / HOUR) - first;
  for (const activity of activities)
    for (const { record, times } of recordsOf(activity, recording)) {
      const key = groupKey(record);
      let group = groups.get(key);
      if (group === undefined) {
        const none = Array.from({ length: hours }, () => ({ rows: 0, exceptions: 0, requests: 0 }));
        group = { example: record, hours: none, parts: new Set(), written: new Map(), activities: new Set() };
        groups.set(key, group);
      }
      group.activities.add(activity);
      const hour = group.hours[Math.floor(record.ts / HOUR) - first];
      if (hour === undefined) continue;
      hour.rows += times;
      group.parts.add(partOf(record.ts));
      addWritten(group.written, record);
      if (record.exception !== undefined) hour.exceptions += times;
      if (record.kind !== 'response') hour.requests += times;
    }
  return groups;
}

function addWritten(written: Counted['written'], record: OtRecord): void {
  const { address, quantity, ts } = record;
  if (address === undefined || !isWriteRequest(record)) return;
  const key = whereKey(record);
  const known = written.get(key) ?? { at: { address, quantity }, days: new Set() };
  written.set(key, known);
  known.days.add(Math.floor(ts / DAY));
}

/** What Zeek would have written by the window's end. */
function* recordsOf(
  activity: Activity,
  recording: Recording,
): Generator<{ readonly record: OtRecord; readonly times: number }, void, undefined> {
  const steps = activity.steps(recording);
  for (let step = steps.next(); step.done !== true; step = steps.next())
    for (const { log, row, writtenAt } of step.value.rows) {
      if (writtenAt * MICROSECONDS >= recording.to || !recording.logs.has(log)) continue;
      const record = toOtRecord({ log, sensor: undefined, columns: row });
      if (record !== undefined) yield { record, times: step.value.times ?? 1 };
    }
}

function drawAll(activities: ReadonlySet<Activity>, whole: Recording, stretches: Stretches): Drawn {
  const recording = { ...whole, thinning: { ...whole.thinning, stretchesOf: () => stretches } };
  const byGroup = new Map<string, OtRecord[]>();
  for (const activity of activities)
    for (const { record } of recordsOf(activity, recording)) {
      if (record.kind === 'response') continue;
      const key = groupKey(record);
      const rows = byGroup.get(key);
      if (rows === undefined) byGroup.set(key, [record]);
      else rows.push(record);
    }
  for (const rows of byGroup.values()) rows.sort((a, b) => a.ts - b.ts);
  return new Map([...byGroup].map(([key, rows]) => [key, [rows]]));
}

/** Whether one run of a group's activities also draws another's sample. */
function isDrawnAlike(other: Counted, group: Counted, plan: StretchPlan, limit: number): boolean {
  if (![...other.activities].some((activity) => group.activities.has(activity))) return false;
  if (other.hours.reduce((sum, { requests }) => sum + requests, 0) <= limit) return false;
  const own = stretchPlan(other.hours.filter(({ requests }) => requests > 0).length, limit);
  return own.seconds === plan.seconds && own.rows === plan.rows;
}

function drawStretches(
  activities: ReadonlySet<Activity>,
  whole: Recording,
  plan: StretchPlan,
  begin: number,
  groups: ReadonlySet<string>,
): Drawn {
  const byGroup = new Map<string, Map<number, OtRecord[]>>([...groups].map((key) => [key, new Map()]));
  for (const activity of activities) {
    const filler = new SpanFiller(plan, begin, groups);
    const stretchesOf = (period: number) => filler.stretches(period);
    const recording = { ...whole, thinning: { ...whole.thinning, stretchesOf } };
    for (const { record } of recordsOf(activity, recording)) {
      if (record.kind === 'response') continue;
      const key = groupKey(record);
      const spans = byGroup.get(key);
      if (spans === undefined) continue;
      const span = filler.add(key, record.ts);
      const rows = spans.get(span);
      if (rows === undefined) spans.set(span, [record]);
      else rows.push(record);
    }
  }
  return new Map(
    [...byGroup].map(([key, spans]) => [
      key,
      [...spans]
        .sort(([a], [b]) => a - b)
        .map(([, rows]) => rows.sort((a, b) => a.ts - b.ts).slice(0, plan.rows)),
    ]),
  );
}
