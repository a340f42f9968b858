import { beforeAll, describe, expect, it } from 'vitest';
import { IntervalTracker } from '../../../src/features/intervalTracker.js';
import { ALERT_LINE, type Model } from '../../../src/model/artifact.js';
import { threeOfTen } from '../../../src/model/detectors/charts/threeOfTen.js';
import { Known } from '../../../src/model/known.js';
import { NEXT } from '../../fixtures/planted.js';
import { record } from '../../fixtures/records.js';
import { regularModel } from '../../fixtures/regularRelation.js';

let model: Model;
beforeAll(async () => {
  model = await regularModel('isolation-forest');
}, 60_000);

/** Of requests at these intervals (s), how many there were when three of ten first spoke; undefined if it didn't. */
function spokeAt(intervals: readonly number[]): number | undefined {
  const chart = threeOfTen(model, new Known(model.baseline));
  const tracker = new IntervalTracker();
  let ts = NEXT;
  const told = [0, ...intervals].findIndex((interval) => {
    ts += interval;
    const row = record({ ts, uid: 'C' });
    return (chart.judge({ record: row, ...tracker.advance(row) })?.score ?? 0.5) < ALERT_LINE;
  });
  return told < 0 ? undefined : told;
}

const late = [1.3, 0.7];
const usual = (n: number) => new Array<number>(n).fill(1);

describe('a request that goes out late', () => {
  it('is one odd thing, though the interval after it is odd as well: two of them in ten are no other rhythm', () => {
    expect(spokeAt([...usual(5), ...late, ...usual(2), ...late, ...usual(10)])).toBeUndefined();
  });

  it('is one, where it comes thrice in ten', () => {
    expect(spokeAt([...usual(5), ...late, 1, ...late, 1, ...late])).toBeDefined();
  });
});

describe('another rhythm', () => {
  it('is found as soon as before: at 0.6 or 1.8 of the interval, and a second client between the polls', () => {
    expect(spokeAt([...usual(5), 0.6, 0.6, 0.6])).toBe(8);
    expect(spokeAt([...usual(5), 1.8, 1.8, 1.8])).toBe(8);
    expect(spokeAt([...usual(5), 0.3, 0.7, 0.3, 0.7])).toBe(8);
  });
});
