import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeGate, gateSection } from '../../../src/adversarial/describe.js';
import { persistentDrift } from '../../../src/adversarial/drift/persistent.js';
import type { GateReport } from '../../../src/adversarial/result.js';
import { Inventory } from '../../../src/anomaly/assetContext.js';
import { gate } from '../../../src/app/gate.js';
import { gateJson } from '../../../src/app/gateModel.js';
import { rowsData } from '../../../src/app/rowsData.js';
import { toOtRecord, type ZeekRow } from '../../../src/features/otRecord.js';
import { adversarialGateSchema } from '../../../src/governance/policy/adversarialGate.js';
import type { Model } from '../../../src/model/artifact.js';
import { type LoadedModel, storeGateResult, storeModel } from '../../../src/registry/store.js';
import { buildPlant, simulatePlant } from '../../../src/simulator/index.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-gate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rows: ZeekRow[] = [];
let model: LoadedModel;
let report: GateReport;
beforeAll(async () => {
  const to = FROM + 31 * DAY;
  const plant = buildPlant({ seed: 11, plcs: 2 });
  const simulated = simulatePlant({ plant, from: FROM, to, thinning: { observeSecondsPerHour: 1 } });
  for (const { log, row } of simulated) rows.push({ log, sensor: undefined, columns: row });
  const records = rows.flatMap((row) => toOtRecord(row) ?? []);
  const trained = await trainOn(records, { trees: 10, rowsPerKey: 2_000 });
  model = storeModel(folder, trained);
  report = await run(model);
}, 300_000);

function run(of: LoadedModel): Promise<GateReport> {
  return gate({
    model: of,
    data: rowsData(rows),
    inventory: new Inventory([]),
    floors: adversarialGateSchema.parse(undefined),
    seed: 7,
    signal: new AbortController().signal,
    onProgress: () => {},
    pollsAnHour: 12,
  });
}

/** The same model, which has learnt every function of every relation that the gate writes with. */
function knowsEveryWrite(of: Model): Model {
  const { structure } = of.baseline;
  const functionCode = { ...structure.functionCode };
  for (const unit of Object.keys(structure.unit))
    for (const func of ['WRITE_MULTIPLE_REGISTERS', 'WRITE_SINGLE_REGISTER', 'WRITE_SINGLE_COIL'])
      functionCode[`${unit}|${func}`] = 31;
  return { ...of, baseline: { ...of.baseline, structure: { ...structure, functionCode } } };
}

describe('the gate on a small plant', () => {
  it('passes it, from days that don’t overlap, with each part tried', () => {
    expect(report.reasons).toEqual([]);
    expect(report.passed).toBe(true);
    expect(report.days).toEqual({
      baseline: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-22T00:00:00.000Z' },
      calibration: { from: '2026-01-22T00:00:00.000Z', to: '2026-01-25T00:00:00.000Z' },
      gate: { from: '2026-01-25T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' },
    });
    expect(report.falsePositives.records).toBeGreaterThan(1_000);
    expect(report.drift.twin?.latched).toBe(false);
    expect(report.evasion.length).toBeGreaterThanOrEqual(7);
    expect(new Set(report.poisoning.map(({ name }) => name))).toEqual(
      new Set(['foothold', 'chaff-sources', 'chaff-rhythm', 'learnt-drift']),
    );
  });

  it('says what this plant’s logs don’t carry instead of passing it over', () => {
    const { coverage, writtenSetpoint, persistent } = report.drift;
    expect(coverage.find(({ feature }) => feature === 'value')?.status).toBe('not-logged');
    expect(writtenSetpoint).toBe('not-covered');
    expect(persistent).toMatchObject({ connections: 21, seen: true });
    expect(persistent.text).toContain('(three_of_ten)');
    const { baseline } = model.model;
    const habitless = { ...model.model, baseline: { ...baseline, answers: {} } };
    const unseen = persistentDrift(habitless, Date.parse(report.days.gate.to) / 1000);
    expect(unseen).toMatchObject({ connections: 21, seen: false });
    expect(unseen.text).toContain('not covered');
  });

  it('knows that a foothold of the whole window shows in the inventory alone, and that the model would miss it', () => {
    const long = report.poisoning.filter(({ name, days }) => name === 'foothold' && days === 30);
    expect(long.every(({ missedByModel }) => missedByModel)).toBe(true);
    expect(long.filter(({ caughtAtTraining }) => caughtAtTraining).every(({ inventory }) => inventory)).toBe(
      true,
    );
    expect(long.some(({ inventory, signs }) => inventory && signs.includes('not-in-inventory'))).toBe(true);
  });

  it('fails a model that learnt to write from everywhere, and says which attack stays unseen', async () => {
    const lax = storeModel(folder, knowsEveryWrite(model.model));
    const { passed, reasons } = await run(lax);
    expect(passed).toBe(false);
    expect(reasons.join('\n')).toMatch(/evasion \(new-function-code\): 100 of 100 registers done unseen/);
    expect(reasons.join('\n')).toMatch(/white-box-stranger-to-writing/);
  });

  it('gives the same bytes for the same seed', async () => {
    expect(gateJson(await run(model), 'p')).toBe(gateJson(report, 'p'));
  });

  it('puts its result beside the model, and on the card, which said before that there was none', () => {
    const card = () => readFileSync(join(model.path, 'model-card.md'), 'utf8');
    expect(card()).toContain('**Not run.**');
    storeGateResult(model, gateJson(report, 'p'), gateSection(report));
    expect(JSON.parse(readFileSync(join(model.path, 'gate.json'), 'utf8'))).toMatchObject({
      passed: true,
      reasons: [],
      drift: { firstDetectionDay: 1 },
      modelSha256: model.sha256,
    });
    expect(card()).toContain('**Passed.**');
    expect(card()).toContain('What it cannot detect');
    expect(describeGate(report)).toMatch(/^PASSED/);
  });
});
