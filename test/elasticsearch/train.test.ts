import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainModel } from '../../src/app/trainModel.js';
import { FOREST_DEFAULTS, type TrainingOptions } from '../../src/model/training/train.js';
import { loadModel } from '../../src/registry/store.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';
import { bringTraffic, DAY } from './simulated.js';

const namespace = uniqueNamespace();
const index = `logs-ot_zeek.*-${namespace}`;
const from = Date.parse('2026-01-01T00:00:00Z') / 1000;
const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-models-'));
const training: TrainingOptions = {
  ...FOREST_DEFAULTS,
  from,
  to: from + 31 * DAY,
  rowsPerKey: 300,
  acceptShortBaseline: false,
};

let admin: Client;
let trainer: Client;
let documents: number;

beforeAll(async () => {
  admin = cluster();
  const keys = await setUp(namespace);
  trainer = clientOf(keys, 'trainer');
  ({ documents } = await bringTraffic(clientOf(keys, 'ingest'), { from, days: 31, namespace }));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function train(options: Partial<TrainingOptions> = {}, pattern = index, client = trainer) {
  return trainModel({
    client,
    index: pattern,
    namespace,
    folder,
    training: { ...training, ...options },
    progress: () => {},
    now: () => new Date(),
    newId: () => `${Math.trunc(performance.now() * 1e6)}`,
  });
}

async function digest(...args: Parameters<typeof train>): Promise<string> {
  const result = await train(...args);
  if ('refusal' in result) throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
  return result.sha256;
}

describe('training from Elasticsearch', () => {
  it('counts every row exactly and samples at most what it was told, with the key that may only read', async () => {
    const result = await train();
    if ('refusal' in result) throw new Error('refused');
    const { logs, daysWithData, gaps, shortBaseline } = result.model.baseline;
    expect(Object.values(logs).reduce((sum, { rows }) => sum + rows, 0)).toBe(documents);
    expect(Math.max(...Object.values(result.model.baseline.intervals).map(({ n }) => n))).toBeLessThanOrEqual(
      300,
    );
    expect({ daysWithData, gaps, shortBaseline }).toEqual({
      daysWithData: 31,
      gaps: [],
      shortBaseline: false,
    });
    expect(readFileSync(join(result.path, 'model-card.md'), 'utf8')).toContain(result.sha256);
    expect(loadModel(folder, result.sha256.slice(0, 8)).sha256).toBe(result.sha256);
  });

  it('gives the same model twice, after a merge, and on a copy in an index of another name and shard count', async () => {
    const first = await digest();
    expect(await digest()).toBe(first);
    for (const log of ['conn', 'modbus']) {
      await admin.indices.forcemerge({ index: `logs-ot_zeek.${log}-${namespace}`, max_num_segments: 1 });
    }
    expect(await digest()).toBe(first);

    const copy = `copy-${namespace}`;
    const mappings = await unionOfMappings();
    await admin.indices.create({
      index: copy,
      settings: { number_of_shards: 3, number_of_replicas: 0 },
      mappings,
    });
    await admin.reindex({
      source: { index },
      dest: { index: copy },
      refresh: true,
      wait_for_completion: true,
    });
    expect((await admin.count({ index: copy })).count).toBe(documents);
    expect(await digest({}, copy, admin)).toBe(first);
  });

  it('gives another model with another seed or another window', async () => {
    const digests = [await digest(), await digest({ seed: 43 }), await digest({ to: from + 30 * DAY })];
    expect(new Set(digests).size).toBe(3);
  });

  it('refuses a window with under 14 days of data, and under 30 unless told, and then marks the model for good', async () => {
    expect(await train({ to: from + 13 * DAY })).toMatchObject({
      refusal: { reason: 'too-short', days: 13 },
    });
    expect(await train({ to: from + 13 * DAY, acceptShortBaseline: true })).toMatchObject({
      refusal: { reason: 'too-short' },
    });
    expect(await train({ to: from + 20 * DAY })).toMatchObject({ refusal: { reason: 'short', days: 20 } });
    const lab = await train({ to: from + 20 * DAY, acceptShortBaseline: true });
    expect(lab).toMatchObject({ model: { baseline: { shortBaseline: true, daysWithData: 20 } } });
  });

  it('counts days where data is, and names the gaps', async () => {
    const result = await train({ from: from - 30 * DAY, to: from + 31 * DAY });
    expect(result).toMatchObject({
      model: { baseline: { daysWithData: 31, gaps: ['2025-12-02T00:00:00Z/2026-01-01T00:00:00Z'] } },
    });
  });

  it('refuses an empty window as a value, and a pattern without sources with what to do', async () => {
    expect(await train({ from: from - 90 * DAY, to: from - 60 * DAY })).toEqual({
      refusal: { reason: 'empty' },
    });
    await expect(train({}, `logs-ot_zeek.*-${uniqueNamespace()}`)).rejects.toMatchObject({
      code: 'not_set_up',
    });
  });
});

async function unionOfMappings() {
  const found = Object.values(await admin.indices.getMapping({ index }));
  const { _data_stream_timestamp: _, ...merged } = found
    .map(({ mappings }) => mappings as Record<string, unknown>)
    .reduce((a, b) => deepMerge(a, b), {});
  return merged;
}

function deepMerge(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const old = out[key];
    out[key] = isObject(old) && isObject(value) ? deepMerge(old, value) : value;
  }
  return out;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
