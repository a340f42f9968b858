import { describe, expect, it } from 'vitest';
import { Inventory } from '../../../src/anomaly/assetContext.js';
import { expectedPartners } from '../../../src/anomaly/expectedPartners.js';
import type { OtRecord } from '../../../src/features/otRecord.js';
import { describeReview, type ReviewContext, reviewTraining } from '../../../src/model/training/review.js';
import { rowsBaseline } from '../../../src/model/training/rowsBaseline.js';
import { train } from '../../../src/model/training/train.js';
import { record } from '../../fixtures/records.js';
import { regularRows } from '../../fixtures/regularRelation.js';
import { DAY, FROM, options } from '../../fixtures/smallModel.js';

const to = FROM + 31 * DAY;
const stranger = '10.0.0.66';
const normal = regularRows(FROM, to, 1);

/** An unknown host that writes once a day on some days of the window. */
function foothold(firstDay: number, days: number, source = stranger): OtRecord[] {
  return Array.from({ length: days }, (_, i) =>
    record({
      ts: FROM + (firstDay + i) * DAY + 5_000,
      uid: `F${i}`,
      'id.orig_h': source,
      func: 'WRITE_SINGLE_REGISTER',
    }),
  );
}

async function review(rows: readonly OtRecord[], context: Partial<ReviewContext> = {}) {
  const result = await train(rowsBaseline(rows), { ...options, trees: 5, rowsPerKey: 20_000 });
  if ('refusal' in result) throw new Error('refused');
  return reviewTraining(result.evidence, { inventory: undefined, openAnomalies: undefined, ...context });
}

const checks = ({ findings }: Awaited<ReturnType<typeof review>>, of = stranger) =>
  findings.filter(({ subject }) => subject.includes(of)).map(({ check }) => check);

const inventory = (partners: readonly string[] = ['10.0.0.1', '10.0.0.9']) =>
  expectedPartners(
    new Inventory([
      { address: '10.0.0.1', name: 'master' },
      { address: '10.0.0.9', name: 'engineer' },
      { address: '10.0.0.2', name: 'plc', expected_partners: [...partners] },
    ]),
  );

describe('the review of a training', () => {
  it('finds no sign in a plant that is as it always was, weekly visits included', async () => {
    const found = await review(normal, { inventory: inventory(), openAnomalies: 0 });
    expect(found.findings).toEqual([]);
    expect(found.notChecked).toEqual([]);
  });

  it('shows who came late, who left early, and who was seen on few days', async () => {
    expect(checks(await review([...normal, ...foothold(28, 3)]))).toEqual(['late-onset', 'thin-support']);
    expect(checks(await review([...normal, ...foothold(0, 5)]))).toEqual(['ended-early', 'thin-support']);
    expect(checks(await review([...normal, ...foothold(10, 12)]))).toEqual(['late-onset', 'ended-early']);
  });

  it('shows an intruder of all days by nothing but the inventory, and says so where there is none', async () => {
    const rows = [...normal, ...foothold(0, 31)];
    const without = await review(rows);
    expect(checks(without)).toEqual([]);
    expect(without.notChecked.join()).toContain('no asset inventory');
    expect(checks(await review(rows, { inventory: inventory() }))).toEqual(['not-in-inventory']);
  });

  it('shows a listed host that talks to whom the inventory does not expect', async () => {
    const found = await review(normal, { inventory: inventory(['master']) });
    expect(found.findings.map(({ check, subject }) => [check, subject])).toEqual([
      ['unexpected-partner', '10.0.0.9|10.0.0.2'],
    ]);
  });

  it('shows a relation that another in the second half than in the first: bytes that grew, a rhythm that scattered', async () => {
    const grown = regularRows(FROM, to, 1, { bytes: (hour) => (hour * 50) / (31 * 24) });
    expect(
      (await review(grown)).findings.map(({ check, subject }) => [check, subject.split('|')[0]]),
    ).toEqual([['halves-differ', 'origBytes']]);
    const scattered = normal.map((row, i) =>
      row.ts > FROM + 16 * DAY && row.log === 'modbus' ? { ...row, ts: row.ts + (i % 7) * 0.1 } : row,
    );
    expect((await review(scattered)).findings.map(({ check }) => check)).toContain('halves-differ');
  });

  it('counts alerts that nobody has decided', async () => {
    const found = await review(normal, { openAnomalies: 3 });
    expect(found.findings.map(({ check }) => check)).toEqual(['open-anomalies']);
  });

  it('keeps names from the network in code spans', async () => {
    const found = await review([...normal, ...foothold(28, 3, '`<b>evil`\n# \u001b[2J')]);
    const text = describeReview(found, 'a'.repeat(64));
    expect(text).toContain("`'<b>evil'?# ?[2J: first seen on day 29 of 31, 3 days in all`");
  });
});
