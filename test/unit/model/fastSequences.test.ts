import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { binOf, INTERVAL_AXIS } from '../../../src/features/bins.js';
import { ALERT_LINE, type Model } from '../../../src/model/artifact.js';
import { threeOfTen } from '../../../src/model/detectors/charts/threeOfTen.js';
import { Known } from '../../../src/model/known.js';
import { runCutOff } from '../../../src/model/training/runCutOff.js';
import { NEXT } from '../../fixtures/planted.js';
import { record } from '../../fixtures/records.js';
import { regularModel } from '../../fixtures/regularRelation.js';

const POLLS = 6_480;
const DAYS = 30;

/**
 * Intervals of about a second of which this share are odd, each another way; seldom enough that three never meet in the sample.
 *
 * @param together how many follow each other
 */
function sampled(oddOnesIn: number, together = 1) {
  const generator = xoroshiro128plus(7);
  return Array.from({ length: POLLS }, (_, i) => {
    const isOdd = i % (oddOnesIn * together) >= oddOnesIn * together - together;
    const value = 1 + 0.02 * uniformFloat64(generator) + (isOdd ? 0.2 + 0.3 * uniformFloat64(generator) : 0);
    return { value, bin: binOf(value, INTERVAL_AXIS), fold: Math.floor((i * DAYS) / POLLS) % 5 };
  });
}

describe('how many odd intervals of ten a sequence needs', () => {
  const needed = (together: number, rows: number) => runCutOff(sampled(700, together), rows)?.hits;

  it('is three where the sample is all there was, and more where it stands for millions of rows', () => {
    expect([needed(1, POLLS), needed(1, 1_000_000)]).toEqual([3, 5]);
  });

  it('is more where more came together, since chance need bring fewer such events', () => {
    expect([needed(1, 1_000_000), needed(3, 1_000_000)]).toEqual([5, 7]);
  });

  it('is none where all was seen and three came together, or a sample had five: nothing is left to tell it from', () => {
    expect([needed(3, POLLS), needed(5, 1_000_000)]).toEqual([undefined, undefined]);
  });

  it('counts odder ones only, where odd ones are common', () => {
    const [seldom, often] = [3_000, 700].map((oddOnesIn) => runCutOff(sampled(oddOnesIn), 1_000_000));
    expect([seldom?.hits, often?.hits]).toEqual([5, 5]);
    expect(often?.cutOff).toBeGreaterThan(seldom?.cutOff ?? Number.POSITIVE_INFINITY);
  });
});

describe('a sequence that needs four', () => {
  let model: Model;
  beforeAll(async () => {
    model = await regularModel('isolation-forest');
  }, 60_000);

  /** The number of the first odd interval at which the chart speaks. */
  function speaksAt(runHits: number | undefined): number {
    const intervals = Object.fromEntries(
      Object.entries(model.baseline.intervals).map(([key, { runHits: _, ...sequence }]) => [
        key,
        runHits === undefined ? sequence : { ...sequence, runHits },
      ]),
    );
    const changed = { ...model, baseline: { ...model.baseline, intervals } };
    return firstTold(changed);
  }

  function firstTold(changed: Model): number {
    const chart = threeOfTen(changed, new Known(changed.baseline));
    const isTold = (n: number) =>
      (chart.judge({ record: record({ ts: NEXT + 0.6 * n, uid: 'C' }), interval: 0.6 })?.score ?? 0.5) <
      ALERT_LINE;
    return 1 + Array.from({ length: 10 }, (_, n) => isTold(n)).indexOf(true);
  }

  it('is told of at the fourth; a model without a number is told at the third', () => {
    expect([speaksAt(undefined), speaksAt(3), speaksAt(4), speaksAt(5)]).toEqual([3, 3, 4, 5]);
  });

  it('takes an interval that was never seen for odd, however many rows the cut-off would need', () => {
    const intervals = Object.fromEntries(
      Object.entries(model.baseline.intervals).map(([key, sequence]) => [
        key,
        { ...sequence, runCutOff: Math.log10(sequence.n + 1) + 0.1 },
      ]),
    );
    const changed = { ...model, baseline: { ...model.baseline, intervals } };
    expect(firstTold(changed)).toBe(firstTold(model));
  });
});
