import { beforeAll, describe, expect, it } from 'vitest';
import { type Model, modelSchema } from '../../../src/model/artifact.js';
import { modelCard } from '../../../src/model/card.js';
import { zScore } from '../../../src/model/detectors/zScore.js';
import { Known } from '../../../src/model/known.js';
import { canonicalBytes, sha256 } from '../../../src/registry/digest.js';
import { record } from '../../fixtures/records.js';
import { regularModel, regularRows } from '../../fixtures/regularRelation.js';
import { DAY, FROM, type ModelOf, trainAs } from '../../fixtures/smallModel.js';

const NEXT = FROM + 31 * DAY;
let model: ModelOf<'z-score'>;
beforeAll(async () => {
  model = await regularModel('z-score');
}, 60_000);

const judge = (...args: Parameters<ReturnType<typeof zScore>['judge']>) =>
  zScore(model, new Known(model.baseline)).judge(...args);

describe('a model whose algorithm is the Z-score', () => {
  it('holds means and deviations in place of trees, and the same bytes from the same rows in any order', async () => {
    expect(model).toMatchObject({ algorithm: 'z-score', zScore: { limit: expect.any(Number) } });
    expect(model).not.toHaveProperty('forest');
    const rows = regularRows(FROM, FROM + 31 * DAY, 1).filter((_, i) => i % 7 === 0);
    const digest = async (of: typeof rows) => sha256(canonicalBytes(await trainAs('z-score', of)));
    expect(await digest([...rows].reverse())).toBe(await digest(rows));
    expect(modelSchema.parse(JSON.parse(canonicalBytes(model).toString()))).toEqual(model);
  });

  it('says how many standard deviations a value is off its own mean, with both in their unit', () => {
    const [first] = regularRows(NEXT, NEXT + 60, 3).filter(({ log }) => log === 'modbus');
    if (first === undefined) throw new Error('no row');
    const { score, evidence } = judge({ record: first, interval: 0.1 });
    expect(score).toBeLessThan(-0.15);
    expect(evidence).toEqual([
      expect.objectContaining({
        feature: 'interval',
        observed: '0.100 s',
        usual: '1.00 s (mean)',
        text: expect.stringMatching(
          /^interval 0\.100 s lies [\d.]+ standard deviations from the mean 1\.00 s of its own past/,
        ),
      }),
    ]);
    expect(judge({ record: first, interval: 1 }).score).toBeGreaterThan(0);
  });

  it('takes a value between two humps for usual: what the histogram is there for', async () => {
    const rows = regularRows(FROM, FROM + 31 * DAY, 1).map((row, i) =>
      row.log === 'conn' ? { ...row, origBytes: i % 4 === 1 ? 100 : 900 } : row,
    );
    const humps = await trainAs('z-score', rows);
    const between = record({ ts: NEXT, uid: 'C', orig_bytes: 400, resp_bytes: 500 }, 'conn');
    const known = new Known(humps.baseline);
    expect(zScore(humps, known).judge({ record: between, interval: undefined }).score).toBeGreaterThan(-0.15);
    expect(known.bytes(between, 'orig').surprisal).toBeGreaterThan(2);
  });
});

describe('the comparison on held-out rows', () => {
  it('shows both algorithms the same rows, is part of the model, and stands on either card', async () => {
    const forest = await regularModel('isolation-forest');
    expect(forest.comparison).toEqual(model.comparison);
    const { heldOutRows, algorithms } = model.comparison;
    expect(heldOutRows).toBeGreaterThan(1_000);
    expect(Object.keys(algorithms)).toEqual(['novelty and histograms', 'isolation-forest', 'z-score']);
    for (const { changed, falsePositives } of Object.values(algorithms)) {
      expect(falsePositives).toBeLessThan(0.01 * heldOutRows);
      const { rows, found } = changed['new source'] ?? { rows: 0, found: 0 };
      expect([rows > 500, found]).toEqual([true, rows]);
    }
    for (const made of [forest, model] satisfies Model[]) {
      const card = modelCard(made, 'f'.repeat(64));
      expect(card).toContain(`shown the same ${heldOutRows} rows`);
      expect(card).toMatch(/\| new source \| \d+ of \d+ \| \d+ of \d+ \| \d+ of \d+ \|/);
      expect(card).toMatch(/adds no detection here|What the (forest|Z-score) found/);
    }
  });
});
