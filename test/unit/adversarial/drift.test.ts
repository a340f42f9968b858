import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { articleDrift } from '../../../src/adversarial/drift/articleDrift.js';
import { articleRelation } from '../../../src/adversarial/drift/chooseRelation.js';
import { COURSES } from '../../../src/adversarial/drift/courses.js';
import {
  chartHours,
  hourlyDeviation,
  hourlyDrift,
  referenceOf,
} from '../../../src/adversarial/drift/hourlyDrift.js';
import { type PolledRelation, polledBaseline } from '../../../src/adversarial/drift/polls.js';
import { measureNoise, wanderingMean } from '../../../src/adversarial/noise.js';
import { withRelations } from '../../../src/adversarial/subPlant.js';
import type { Model } from '../../../src/model/artifact.js';
import { train } from '../../../src/model/training/train.js';
import { childKey, gaussian, generator, rootKey } from '../../../src/simulator/random.js';
import { DAY, FROM, options } from '../../fixtures/smallModel.js';

const key = rootKey(3);
/** The article's relation at a hundredth of its polls. */
const relation: PolledRelation = articleRelation(
  undefined,
  { sigma: 5, wander: 1, correlationHours: 2, mean: 250 },
  60,
);
const hours = 21 * 24;

/** Without any detector that bytes could reach. */
function blind(model: Model): Model {
  const { baseline } = model;
  const dull = Object.fromEntries(
    Object.entries(baseline.bytes).map(([relationKey, { orig, resp }]) => [
      relationKey,
      { orig: { ...orig, rarityCutOff: null }, resp: { ...resp, rarityCutOff: null } },
    ]),
  );
  return { ...model, baseline: { ...baseline, drift: {}, surprise: {}, answers: {}, bytes: dull } };
}

describe('the article’s slow drift through the scorer’s own stage', () => {
  let model: Model;
  const baseline = polledBaseline(relation, { from: FROM, to: FROM + hours * 3600, key, rowsAtMost: 20_000 });
  beforeAll(async () => {
    const result = await train(withRelations(baseline, []), {
      ...options,
      to: FROM + hours * 3600,
      trees: 20,
      rowsPerKey: 20_000,
      acceptShortBaseline: true,
    });
    if ('refusal' in result) throw new Error('refused');
    model = result.model;
  });
  const run = (of: Model) =>
    articleDrift(of, relation, {
      from: FROM + 25 * DAY,
      key,
      envelope: { least: 230, most: 270 },
      signal: new AbortController().signal,
      onProgress: () => {},
    });

  it('is found in over nine tenths of the polls, on the first day, and its twin draws no latch; again the same', async () => {
    const found = await run(model);
    expect(await run(model)).toEqual(found);
    expect(found.strictRate).toBeGreaterThan(0.9);
    expect(found.firstDetectionDay).toBe(1);
    expect(found.twin.latched).toBe(false);
    expect(found.twin.flaggedRate).toBeLessThan(0.001);
    expect(found.byDetector['drift']).toBeGreaterThan(0.9);
    expect(found.envelopeRate).toBeGreaterThan(found.strictRate);
  });

  it('is never found by a model without charts whose bytes have no cut-off and whose answers no habit', async () => {
    expect(await run(blind(model))).toMatchObject({
      strictRate: 0,
      firstDetectionDay: null,
      unlatchedRate: 0,
    });
  });
});

describe('drifts by the hour', () => {
  const noise = { sigma: 5, wander: 1.5, correlationHours: 1, mean: 250 };
  const learnt = referenceOf(noise, { key, hours, rowsAnHour: 7_200 });
  if (learnt === undefined) throw new Error('no reference');
  const run = (course: (typeof COURSES)[number], reference = learnt.reference) =>
    hourlyDrift({
      ...learnt,
      reference,
      course,
      goal: 200,
      deviation: hourlyDeviation(noise, { key: childKey(key, 'drift'), hours: 168, rowsAnHour: 7_200 }),
    });

  it.each(COURSES.map((course) => [course.name, course] as const))(
    'finds %s within five days',
    (_, course) => {
      const drift = run(course);
      expect(drift.detectionHours).not.toBeNull();
      expect(drift.detectionHours).toBeLessThan(48);
      expect(drift.twinLatched).toBe(false);
    },
  );

  it('misses it where the baseline wandered as far as the drift goes', () => {
    const wide = { ...learnt.reference, sd: 100 };
    expect(run(COURSES[0] as (typeof COURSES)[number], wide).detectionHours).toBeNull();
  });

  it('shows a chart that is too tight by its twin', () => {
    expect(run(COURSES[0] as (typeof COURSES)[number], { ...learnt.reference, sd: 0.1 }).twinLatched).toBe(
      true,
    );
  });

  it('never finds a drift later under a lower limit', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 100, noNaN: true }),
        fc.double({ min: 1, max: 4, noNaN: true }),
        (limit, times) => {
          const course = COURSES[0] as (typeof COURSES)[number];
          const low = run(course, { ...learnt.reference, limit }).detectionHours ?? Number.POSITIVE_INFINITY;
          const high =
            run(course, { ...learnt.reference, limit: limit * times }).detectionHours ??
            Number.POSITIVE_INFINITY;
          expect(low).toBeLessThanOrEqual(high);
        },
      ),
      { seed: 1, numRuns: 20 },
    );
  });

  it('draws no false alarm in ten relation-years of a wandering mean', () => {
    const latched = Array.from({ length: 10 }, (_, year) => {
      const own = childKey(key, 'year', year);
      const own20 = { sigma: 20, wander: 6, correlationHours: 3, mean: 250 };
      const of = referenceOf(own20, { key: childKey(own, 'baseline'), hours: 744, rowsAnHour: 7_200 });
      if (of === undefined) throw new Error('no reference');
      const deviation = hourlyDeviation(own20, {
        key: childKey(own, 'year'),
        hours: 8_760,
        rowsAnHour: 7_200,
      });
      return chartHours(of.reference, 8_760, (hour) => 250 + deviation(hour)).includes(true);
    });
    expect(latched.filter(Boolean)).toHaveLength(0);
  });
});

describe('noise', () => {
  it('is measured as it was made', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000 }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (seed, wander) => {
          const own = rootKey(seed);
          const made = { sigma: 4, wander, correlationHours: 3 };
          const mean = wanderingMean(own, made, 1_500);
          const random = generator(childKey(own, 'values'));
          const values = Array.from({ length: 1_500 * 20 }, (_, i) => ({
            ts: i * 180,
            value: 100 + mean(i / 20) + made.sigma * gaussian(random),
          }));
          const measured = measureNoise(values);
          expect(measured?.sigma).toBeCloseTo(4, 0);
          expect(Math.abs((measured?.wander ?? 9) - wander)).toBeLessThan(0.15 * wander + 0.4);
        },
      ),
      { seed: 1, numRuns: 15 },
    );
  });

  it('says nothing of a single hour', () => {
    expect(
      measureNoise([
        { ts: 1, value: 1 },
        { ts: 2, value: 2 },
      ]),
    ).toBeUndefined();
  });
});
