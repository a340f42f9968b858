import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAssetFile } from '../../src/anomaly/assetFile.js';
import { gateModel } from '../../src/app/gateModel.js';
import { importAssets } from '../../src/app/importAssets.js';
import { trainModel } from '../../src/app/trainModel.js';
import { adversarialGateSchema } from '../../src/governance/policy/adversarialGate.js';
import { modelSchema } from '../../src/model/artifact.js';
import { FOREST_DEFAULTS } from '../../src/model/training/train.js';
import { loadProfile } from '../../src/profiles/load.js';
import { type LoadedModel, loadModel } from '../../src/registry/store.js';
import { plantAssets } from '../../src/simulator/index.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';
import { bringTraffic, DAY, smallPlant } from './simulated.js';

const namespace = uniqueNamespace();
const index = `logs-ot_zeek.*-${namespace}`;
const from = Date.parse('2026-01-01T00:00:00Z') / 1000;
const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-gated-'));
const floors = adversarialGateSchema.parse(undefined);

let trainer: Client;
let model: LoadedModel;
let n = 0;
const newId = () => `${namespace}-gate-${n++}`;

beforeAll(async () => {
  const keys = await setUp(namespace);
  trainer = clientOf(keys, 'trainer');
  const plant = smallPlant();
  const documents = bringTraffic(clientOf(keys, 'ingest'), { plant, from, days: 31, namespace });
  const header = 'address,name,type,expected_partners';
  const lines = plantAssets(plant).map(
    ({ address, name, expected_partners }) => `${address},${name},plc,${expected_partners}`,
  );
  await importAssets(
    clientOf(keys, 'inventory'),
    namespace,
    parseAssetFile('assets.csv', [header, ...lines].join('\n')),
    new Date(),
  );
  await documents;
  const trained = await trainModel({
    client: trainer,
    index,
    namespace,
    folder,
    training: {
      ...FOREST_DEFAULTS,
      trees: 20,
      from,
      to: from + 31 * DAY,
      rowsPerKey: 1_000,
      acceptShortBaseline: false,
    },
    progress: () => {},
    now: () => new Date(),
    newId,
  });
  if ('refusal' in trained) throw new Error('refused');
  model = trained;
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (of: LoadedModel, changed: Partial<typeof floors> = {}) =>
  gateModel({
    client: trainer,
    index,
    profile: loadProfile(),
    namespace,
    model: of,
    floors: { ...floors, ...changed },
    policySha256: 'a'.repeat(64),
    seed: 3,
    pollsAnHour: 12,
    now: () => new Date(),
    newId,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
const gateFile = () =>
  JSON.parse(readFileSync(join(model.path, 'gate.json'), 'utf8')) as Record<string, unknown>;
const card = () => readFileSync(join(model.path, 'model-card.md'), 'utf8');

describe('a plant in Elasticsearch, trained and gated with the trainer’s key', () => {
  it('has a review beside the model that a person reads, and a card that says nobody has tried it', () => {
    const review = readFileSync(join(model.path, 'training-review.md'), 'utf8');
    expect(review).toContain(`Before you approve model ${model.sha256.slice(0, 12)}`);
    expect(JSON.parse(readFileSync(join(model.path, 'training-review.json'), 'utf8'))).toMatchObject({
      modelSha256: model.sha256,
      windowDays: 31,
      notChecked: [],
    });
    expect(card()).toContain('**Not run.**');
  });

  it('passes, with the result beside the model that loads as before', async () => {
    const report = await run(model);
    expect(report.reasons).toEqual([]);
    expect(report.inventory).toBe('site');
    expect(report.falsePositives.records).toBeGreaterThan(1_000);
    expect(gateFile()).toMatchObject({
      passed: true,
      reasons: [],
      modelSha256: model.sha256,
      drift: { firstDetectionDay: 1, twin: { latched: false } },
      policySha256: 'a'.repeat(64),
    });
    expect(card()).toContain('**Passed.**');
    expect(loadModel(folder, model.sha256).sha256).toBe(model.sha256);
  });

  it('fails under a floor that it does not keep, and the new result takes the old one’s place', async () => {
    const report = await run(model, { unseen_by_writers: 10 });
    expect(report.passed).toBe(false);
    expect(gateFile()).toMatchObject({
      passed: false,
      reasons: [expect.stringContaining('white-box-writer')],
    });
    expect(card()).toContain('**Failed');
  });

  it('writes into the audit stream that it began, and what came of it, before the result is there', async () => {
    const admin = cluster();
    await admin.indices.refresh({ index: `logs-ot_anomaly.audit-${namespace}` });
    const { hits } = await admin.search<{ event: { action: string }; message: string }>({
      index: `logs-ot_anomaly.audit-${namespace}`,
      query: { term: { 'ot_anomaly.audit.part': 'gate' } },
      sort: [{ '@timestamp': 'asc' }],
    });
    expect(hits.hits.map(({ _source }) => _source?.event.action)).toEqual([
      'gate-started',
      'gate-finished',
      'gate-started',
      'gate-finished',
    ]);
    expect(hits.hits.at(-1)?._source?.message).toContain('failed');
  });

  it('leaves nothing behind when its rows are gone, and the card goes on saying what was', async () => {
    const text = readFileSync(join(model.path, 'gate.json'));
    const elsewhere = {
      ...model,
      model: modelSchema.parse({
        ...model.model,
        options: { ...model.model.options, from: '2024-01-01T00:00:00.000Z', to: '2024-02-01T00:00:00.000Z' },
      }),
    };
    await expect(run(elsewhere)).rejects.toMatchObject({ code: 'no_data' });
    expect(readFileSync(join(model.path, 'gate.json')).equals(text)).toBe(true);
    expect(existsSync(join(model.path, `gate.json.${process.pid}.new`))).toBe(false);
  });
});
