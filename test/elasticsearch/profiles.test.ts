import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoreWindow } from '../../src/app/scoreWindow.js';
import { trainModel } from '../../src/app/trainModel.js';
import { elasticsearchBaseline } from '../../src/elasticsearch/baselineSource.js';
import { PointInTime } from '../../src/elasticsearch/pointInTime.js';
import { type OtRecord, toOtRecord } from '../../src/features/otRecord.js';
import { groupKey } from '../../src/features/relation.js';
import { FOREST_DEFAULTS } from '../../src/model/training/train.js';
import { loadProfile } from '../../src/profiles/load.js';
import { rowReader } from '../../src/profiles/rowReader.js';
import type { IndexProfile } from '../../src/profiles/schema.js';
import type { LoadedModel } from '../../src/registry/store.js';
import { buildPlant, type SimulatedRow, simulatePlant } from '../../src/simulator/index.js';
import { SAMPLE_ROWS } from '../fixtures/conventions/samples.js';
import { CONVENTIONS, type Convention, SHAPES } from '../fixtures/conventions/shape.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { indexRows, ownIndices } from './conventions.js';
import { clientWith, installAssets, keyOf } from './installAssets.js';
import { newId } from './scoredSite.js';
import { DAY } from './simulated.js';

/** The least that trains at all, and a day to score. OT_ANOMALY_PROFILE_DAYS=31 repeats it with a month. */
const BASELINE_DAYS = Number(process.env['OT_ANOMALY_PROFILE_DAYS'] ?? 14);
const FROM = Date.parse('2026-01-05T00:00:00Z') / 1000;
const SCORED_FROM = FROM + BASELINE_DAYS * DAY;

const namespace = uniqueNamespace();
const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-models-'));
const admin: Client = cluster();
let rows: readonly SimulatedRow[];
let intruder: string;

beforeAll(async () => {
  await installAssets(namespace);
  rows = [
    ...simulatePlant({
      plant: buildPlant({ seed: 11, plcs: 2 }),
      from: FROM,
      to: SCORED_FROM + DAY,
      thinning: { observeSecondsPerHour: 1 },
      logs: ['conn', 'modbus', 'modbus_detailed'],
      scenarios: [{ name: 'new-source', at: SCORED_FROM + 36_000 }],
    }),
  ];
  const before = new Set(
    rows.filter(({ row }) => Number(row['ts']) < SCORED_FROM).map(({ row }) => row['id.orig_h']),
  );
  intruder = String(rows.find(({ row }) => !before.has(row['id.orig_h']))?.row['id.orig_h']);
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await admin.close();
});

interface Trained {
  readonly model: LoadedModel;
  readonly card: string;
}

async function train(profile: IndexProfile, index: string, client: Client): Promise<Trained> {
  const model = await trainModel({
    client,
    index,
    namespace,
    folder,
    profile,
    training: {
      ...FOREST_DEFAULTS,
      trees: 50,
      from: FROM,
      to: SCORED_FROM,
      rowsPerKey: 400,
      acceptShortBaseline: BASELINE_DAYS < 30,
    },
    progress: () => {},
    now: () => new Date(),
    newId,
  });
  if ('refusal' in model) throw new Error(JSON.stringify(model.refusal));
  return { model, card: readFileSync(join(model.path, 'model-card.md'), 'utf8') };
}

async function score(profile: IndexProfile, index: string, model: LoadedModel, client: Client) {
  return scoreWindow({
    client,
    index,
    namespace,
    profile,
    model,
    from: SCORED_FROM,
    to: SCORED_FROM + DAY,
    pageSize: 2_000,
    now: () => new Date(),
    newId,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
}

/** What a model found, without what names the model: time, relation, function, score, sorted. */
async function findings({ sha256 }: LoadedModel): Promise<readonly string[]> {
  const anomalies = `logs-ot_anomaly.anomaly-${namespace}`;
  await admin.indices.refresh({ index: anomalies });
  const { hits } = await admin.search<
    Record<string, { score: number; relation: string; zeek: { log: string } }>
  >({
    index: anomalies,
    size: 10_000,
    query: { term: { 'ot_anomaly.model.sha256': sha256 } },
    _source: [
      '@timestamp',
      'event.kind',
      'ot_anomaly.score',
      'ot_anomaly.relation',
      'ot_anomaly.zeek.log',
      'ot_anomaly.function_code',
    ],
  });
  return hits.hits.map(({ _source }) => JSON.stringify(_source)).sort();
}

describe.each(CONVENTIONS)('a site with the indices of %s', (convention) => {
  const profile = loadProfile(convention);
  const index = ownIndices(convention, namespace);
  let counts: Readonly<Record<string, number>>;
  let trained: Trained;

  beforeAll(async () => {
    counts = await indexRows(admin, convention, namespace, rows);
  }, 120_000);

  it('trains with a key that may read the profile’s patterns only, counts every row, and says what is weaker', async () => {
    const trainer = clientWith(await keyOf('ot_anomaly_trainer', [], [convention]));
    trained = await train(profile, index, trainer);
    await trainer.close();
    const { baseline, profile: remembered } = trained.model.model;
    expect(Object.keys(baseline.logs).sort()).toEqual(Object.keys(counts).sort());
    expect(baseline.daysWithData).toBe(BASELINE_DAYS);
    expect(baseline.shortBaseline).toBe(BASELINE_DAYS < 30);
    expect(remembered.limits.length).toBeGreaterThan(0);
    expect(trained.card).toContain('## What is weaker in this index convention');
    for (const limit of remembered.limits) expect(trained.card).toContain(limit);
  });

  it('scores, and sees a source that was never there in each log that it has', async () => {
    const scorer = clientWith(await keyOf('ot_anomaly_scorer', [], [convention]));
    const result = await score(profile, index, trained.model, scorer);
    await scorer.close();
    expect(result).toMatchObject({ unreadable: 0 });
    const found = await findings(trained.model);
    const { baseline, profile: remembered } = trained.model.model;
    const brought = Object.values(counts).reduce((sum, n) => sum + n, 0);
    console.log(
      `${convention}: ${brought} rows of ${Object.keys(counts).length} logs, ${baseline.daysWithData} days; ${result.read} rows of the next day scored, ${result.created} documents of which ${found.filter((finding) => finding.includes('"kind":"alert"')).length} alerts; ${remembered.limits.length} limits on its card`,
    );
    expect(found.filter((finding) => finding.includes(`"relation":"${intruder} `)).length).toBeGreaterThan(0);
  });

  it('counts the groups that its documents, read one by one, make', async () => {
    const read = rowReader(profile);
    const expected = new Map<string, number>();
    for (const { log, row, writtenAt } of rows) {
      const document = SHAPES[convention]({
        log,
        columns: row,
        sensor: 'north',
        arrivedAt: writtenAt * 1000,
      });
      const zeek = read(document);
      const record: OtRecord | undefined = zeek === undefined ? undefined : toOtRecord(zeek);
      if (record === undefined || record.ts >= SCORED_FROM) continue;
      expected.set(groupKey(record), (expected.get(groupKey(record)) ?? 0) + 1);
    }
    expect(await countGroups(profile, index, FROM, SCORED_FROM)).toEqual(sorted(expected));
  });

  it('counts the sample rows of every log, in both directions, as they are read one by one', async () => {
    const own = `${namespace}s`;
    const samples = SAMPLE_ROWS.map(([log, row], n) => ({
      log: log as SimulatedRow['log'],
      row: { ...row, ts: 1_000_000 + n },
      writtenAt: 1_000_000 + n,
    }));
    await indexRows(admin, convention, own, samples);
    const read = rowReader(profile);
    const expected = new Map<string, number>();
    for (const { log, row, writtenAt } of samples) {
      const zeek = read(
        SHAPES[convention]({ log, columns: row, sensor: 'north', arrivedAt: writtenAt * 1000 }),
      );
      const record = zeek === undefined ? undefined : toOtRecord(zeek);
      if (record !== undefined) expected.set(groupKey(record), (expected.get(groupKey(record)) ?? 0) + 1);
    }
    expect(await countGroups(profile, ownIndices(convention, own), 0, 2_000_000)).toEqual(sorted(expected));
  });
});

async function countGroups(profile: IndexProfile, index: string, from: number, to: number) {
  const pit = await PointInTime.open(admin, index);
  const counted = new Map<string, number>();
  for await (const { record, rows: n } of elasticsearchBaseline(pit, from, to, profile).hourCounts())
    counted.set(groupKey(record), (counted.get(groupKey(record)) ?? 0) + n);
  await pit.close();
  return sorted(counted);
}

function sorted(map: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('the same traffic through two profiles that keep the same fields', () => {
  it('gives the same model but for the profile, and the same scores', async () => {
    const results = [];
    for (const convention of ['elastic', 'filebeat'] as const satisfies readonly Convention[]) {
      const profile = loadProfile(convention);
      const index = ownIndices(convention, namespace);
      const { model } = await train(profile, index, admin);
      await score(profile, index, model, admin);
      const { profile: remembered, ...rest } = model.model;
      results.push({ rest, name: remembered.name, found: await findings(model) });
    }
    const [elastic, filebeat] = results;
    expect(elastic?.rest).toEqual(filebeat?.rest);
    expect(elastic?.found).toEqual(filebeat?.found);
    expect(elastic?.found.length).toBeGreaterThan(0);
    expect([elastic?.name, filebeat?.name]).toEqual(['elastic', 'filebeat']);
  });
});
