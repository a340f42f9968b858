import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OtRecord } from '../../../src/features/otRecord.js';
import { ALERT_LINE } from '../../../src/model/artifact.js';
import { writtenValue } from '../../../src/model/detectors/writtenValue.js';
import { Known } from '../../../src/model/known.js';
import { byDay, foldsOf } from '../../../src/model/training/heldOut.js';
import { WrittenValues } from '../../../src/model/training/writtenValues.js';
import { isFarOff, marginsBeyond } from '../../../src/model/writtenRange.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

const WRITES_A_DAY = 4;
const NEXT = FROM + 32 * DAY;

/** Four writes a day. */
function writes(
  valuesOf: (i: number) => readonly number[],
  { days = 31, from = FROM, ...columns }: Record<string, unknown> & { days?: number; from?: number } = {},
): OtRecord[] {
  return Array.from({ length: days * WRITES_A_DAY }, (_, i) =>
    record(
      {
        ts: from + (i * DAY) / WRITES_A_DAY,
        uid: `C${i}`,
        func: 'WRITE_MULTIPLE_REGISTERS',
        address: 40,
        quantity: 2,
        request_response: 'REQUEST',
        request_values: valuesOf(i),
        ...columns,
      },
      'modbus_detailed',
      typeof columns['sensor'] === 'string' ? columns['sensor'] : undefined,
    ),
  );
}

function learn(...groups: readonly (readonly OtRecord[])[]) {
  const learner = new WrittenValues(byDay, 31);
  for (const rows of groups)
    learner.add(rows.map((row) => ({ record: row, interval: undefined, weight: 1 })));
  return Object.values(learner.ranges());
}

/** 100, 103, … 109, 102, … */
const varied = (i: number) => 100 + ((3 * i) % 10);

describe('what is written to an address', () => {
  it('lies between the least and the most, by register', () => {
    expect(learn(writes((i) => [varied(i), 7]))).toEqual([
      [
        [100, 109],
        [7, 7],
      ],
    ]);
  });

  it('has no range after fewer than twenty writes, or after days fewer than five', () => {
    const twoADay = (n: number) =>
      writes(() => [7], { days: 12 })
        .filter((_, i) => i % 2 === 0)
        .slice(0, n);
    expect(learn(twoADay(19))).toEqual([]);
    expect(learn(twoADay(20))).toEqual([[[7, 7]]]);
    const inADay = writes(() => [7], { days: 8 }).map((row, i) => ({ ...row, ts: FROM + (i % 4) * DAY + i }));
    expect(learn(inADay)).toEqual([]);
  });

  it('has none where it only grows, or only falls: a count or a date leaves any range', () => {
    expect(learn(writes((i) => [1_000 + i]))).toEqual([]);
    expect(learn(writes((i) => [1_000 - Math.floor(i / 20)]))).toEqual([]);
  });

  it('has none where a day that is held out lies far beyond the others', () => {
    expect(learn(writes((i) => [i === 60 ? 900 : varied(i)]))).toEqual([]);
    expect(learn(writes((i) => [i === 60 ? 130 : varied(i)]))).toEqual([[[100, 130]]]);
  });

  it('is what all sensors saw of it together, and nothing where one of them saw no range', () => {
    const [a, b] = [
      writes((i) => [varied(i)], { sensor: 'a' }),
      writes((i) => [varied(i) + 5], { sensor: 'b' }),
    ];
    expect(learn(a, b)).toEqual([[[100, 114]]]);
    expect(
      learn(
        a,
        writes((i) => [i], { sensor: 'b' }),
      ),
    ).toEqual([]);
  });

  it('says nothing of reads, of answers, and of rows without values or address', () => {
    expect(learn(writes(() => [7], { func: 'READ_HOLDING_REGISTERS' }))).toEqual([]);
    expect(learn(writes(() => [7], { request_response: 'RESPONSE' }))).toEqual([]);
    expect(learn(writes(() => [7], { address: undefined }))).toEqual([]);
    expect(learn(writes(() => []))).toEqual([]);
  });

  it('of a capture of hours is learnt from its fifths', () => {
    const window = { from: FROM, to: FROM + 5 * 3_600 };
    const rows = writes((i) => [varied(i)], { days: 10 }).map((row, i) => ({ ...row, ts: FROM + i * 450 }));
    const learner = new WrittenValues(foldsOf(window, 1), 1);
    learner.add(rows.map((row) => ({ record: row, interval: undefined, weight: 1 })));
    expect(Object.values(learner.ranges())).toEqual([[[100, 109]]]);
  });
});

describe('a range', () => {
  it('allows three times as far again as it is wide, a hundredth of what varies, a tenth of a constant, one at least', () => {
    expect([536, 537, -227, -228].map((value) => isFarOff(value, [100, 209]))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect([10_101, 10_102].map((value) => isFarOff(value, [10_000, 10_001]))).toEqual([false, true]);
    expect([550, 551, 450, 449].map((value) => isFarOff(value, [500, 500]))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect([0, 1, 2, 3].map((value) => isFarOff(value, [1, 1]))).toEqual([false, false, false, true]);
    expect([0, 1].map((value) => isFarOff(value, [0, 1]))).toEqual([false, false]);
  });

  it('holds whatever lies within it, and is left the further the further a value lies', () => {
    const whole = fc.integer({ min: -70_000, max: 70_000 });
    fc.assert(
      fc.property(whole, whole, whole, fc.nat(10_000), (a, b, c, more) => {
        const [least, value, most] = [a, b, c].sort((x, y) => x - y) as [number, number, number];
        expect(marginsBeyond(value, [least, most])).toBe(0);
        expect(marginsBeyond(most + more + 1, [least, most])).toBeGreaterThan(
          marginsBeyond(most + more, [least, most]) - Number.EPSILON,
        );
        expect(marginsBeyond(least - more, [least, most])).toBe(marginsBeyond(most + more, [least, most]));
      }),
      { seed: 1 },
    );
  });
});

describe('a known writer', async () => {
  const model = await trainOn(
    writes((i) => [varied(i), 7]),
    { trees: 5, compare: false },
  );
  const detector = writtenValue(model, new Known(model.baseline));
  const judge = (row: OtRecord) => detector.judge({ record: row, interval: undefined });
  const [usual] = writes(() => [104, 7], { days: 1, from: NEXT }) as [OtRecord];

  it('is told of from its first value far beyond what it ever wrote there, the furthest one named', () => {
    expect(judge(usual)).toMatchObject({ score: 0.5, evidence: [] });
    const far = judge({ ...usual, values: [140, 11_100] });
    expect(far.score).toBeLessThan(ALERT_LINE);
    expect(far.evidence).toMatchObject([
      { feature: 'writtenValue', observed: '11100 at address 41', usual: 'always 7' },
    ]);
    expect(judge({ ...usual, values: [140, 7] }).evidence[0]?.usual).toBe('100 to 109');
  });

  it('ranks what lies further lower, and what lies near above the line', () => {
    const scores = [109, 112, 130, 140, 1_000].map((value) => judge({ ...usual, values: [value, 7] }).score);
    expect([...scores].sort((a, b) => b - a)).toEqual(scores);
    expect(scores.filter((score) => score < ALERT_LINE).length).toBe(2);
  });

  it('is not asked about reads, answers, other addresses, other writers, or a row without values', () => {
    const odd = { ...usual, values: [9_999, 9_999] };
    for (const row of [
      { ...odd, kind: 'response' as const },
      { ...odd, functionCode: 'READ_HOLDING_REGISTERS' },
      { ...odd, address: 80 },
      { ...odd, source: '10.0.0.77' },
      { ...odd, values: [] },
    ])
      expect(judge(row)).toMatchObject({ score: 0.5, evidence: [] });
  });

  it('draws no alarm in a year of the same', () => {
    const rows = writes((i) => [varied(i + 3), 7], { days: 365, from: NEXT });
    expect(rows.filter((row) => judge(row).score < ALERT_LINE)).toEqual([]);
  });
});
