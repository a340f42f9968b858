import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Inventory } from '../../src/anomaly/assetContext.js';
import { evaluate } from '../../src/app/evaluate.js';
import { ingest } from '../../src/app/ingest.js';
import { scoreWindow } from '../../src/app/scoreWindow.js';
import { simulateToFiles } from '../../src/app/simulate.js';
import { trainModel } from '../../src/app/trainModel.js';
import { readWindow } from '../../src/elasticsearch/windowReader.js';
import { parseLabels } from '../../src/evaluation/labelFile.js';
import type { Observation } from '../../src/model/detectors/detector.js';
import { Scorer, type Verdict } from '../../src/model/scorer.js';
import { FOREST_DEFAULTS } from '../../src/model/training/train.js';
import type { LoadedModel } from '../../src/registry/store.js';
import { GroupLedger } from '../../src/scoring/groupLedger.js';
import { scoreInOrder } from '../../src/scoring/scoreInOrder.js';
import { ScoringStage } from '../../src/scoring/scoringStage.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';
import { newId } from './scoredSite.js';
import { DAY, smallPlant } from './simulated.js';

const FROM = Date.parse('2026-01-05T00:00:00Z') / 1000;
const SPLIT = FROM + 2 * DAY;
const SCENARIOS = ['new-source', 'new-write', 'scan'].map((name, i) => ({
  name,
  at: SPLIT + 3_600 * (i + 1),
}));
const namespace = uniqueNamespace();
const index = `logs-ot_zeek.*-${namespace}`;
const folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
const signal = new AbortController().signal;
let labels: string;
let onFiles: Awaited<ReturnType<typeof evaluate>>;
const judgedOnFiles: string[] = [];
let model: LoadedModel;
let keys: Awaited<ReturnType<typeof setUp>>;

/** A row and all that was said of it, to compare. */
function told({ record, interval }: Observation, { score, parts }: Verdict): string {
  const said = parts.map(({ detector, score: part }) => [detector, part]);
  return JSON.stringify([
    record.ts,
    record.log,
    record.uid,
    record.kind,
    record.functionCode,
    interval,
    score,
    said,
  ]);
}

/** Order is promised within a stream only: pages of another size may let another log's rows go first. */
function byLog(judged: readonly string[]): readonly string[] {
  const logOf = (line: string) => String(JSON.parse(line)[1]);
  return [...judged].sort((a, b) => logOf(a).localeCompare(logOf(b)));
}

beforeAll(async () => {
  keys = await setUp(namespace);
  const plant = smallPlant();
  const simulated = await simulateToFiles({
    plant,
    from: FROM,
    to: FROM + 3 * DAY,
    thinning: { observeSecondsPerHour: 1 },
    scenarios: SCENARIOS,
    folder,
    format: 'tsv',
    gzip: true,
    force: true,
    logs: ['conn', 'modbus'],
  });
  labels = simulated.labels.map((label) => `${JSON.stringify(label)}\n`).join('');
  onFiles = await evaluate({
    baseline: [folder],
    test: [],
    split: { at: SPLIT, relative: false },
    labels: parseLabels('labels.ndjson', labels),
    inventory: new Inventory([]),
    signal,
    onJudged: (observation, verdict) => judgedOnFiles.push(told(observation, verdict)),
  });
  const paths = simulated.files.filter((name) => name.endsWith('.gz')).map((name) => join(folder, name));
  const report = await ingest(clientOf(keys, 'ingest'), paths, { namespace, run: namespace });
  expect(report).toMatchObject({ ok: true, failed: 0 });
  const { options } = onFiles.model;
  const trained = await trainModel({
    client: clientOf(keys, 'trainer'),
    index,
    namespace,
    folder: join(folder, 'models'),
    training: {
      ...FOREST_DEFAULTS,
      from: Date.parse(options.from) / 1000,
      to: SPLIT,
      rowsPerKey: options.rowsPerKey,
      acceptShortBaseline: true,
      daysAtLeast: 1,
    },
    progress: () => {},
    now: () => new Date(),
    newId,
  });
  if ('refusal' in trained) throw new Error('refused');
  model = trained;
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an evaluation of files, and the scorer on the same rows in Elasticsearch', () => {
  it('learn the same', () => {
    const { gaps: _, ...learnt } = model.model.baseline;
    const { gaps: __, ...expected } = onFiles.model.baseline;
    expect(learnt).toEqual(expected);
    if (model.model.algorithm !== 'isolation-forest' || onFiles.model.algorithm !== 'isolation-forest')
      throw new Error('expected forests');
    expect(model.model.forest).toEqual(onFiles.model.forest);
    expect(model.model.comparison).toEqual(onFiles.model.comparison);
  });

  it('give every row the same score, part by part', async () => {
    const judged: string[] = [];
    const client = clientOf(keys, 'scorer');
    const stage = new ScoringStage(new Scorer(model.model), 0, undefined, (observation, verdict) =>
      judged.push(told(observation, verdict)),
    );
    const pages = readWindow(client, index, SPLIT, FROM + 4 * DAY, 500);
    const scored = scoreInOrder(pages, {
      stage,
      ledger: new GroupLedger(),
      isListed: () => false,
      to: SPLIT,
      signal,
    });
    for await (const _ of scored);
    expect(judged.length).toBe(onFiles.test.records);
    expect(judged.length).toBeGreaterThan(500);
    expect(byLog(judged)).toEqual(byLog(judgedOnFiles));
  });

  it('find the same rows, and tell them by the same number of alerts', async () => {
    const client = clientOf(keys, 'scorer');
    const result = await scoreWindow({
      client,
      index,
      namespace,
      model,
      from: SPLIT,
      to: FROM + 4 * DAY,
      pageSize: 500,
      now: () => new Date(),
      newId,
      onProgress: () => {},
      signal,
    });
    expect(result.created).toBeGreaterThan(0);
    const admin = cluster();
    const { count } = await admin.count({
      index: `logs-ot_anomaly.anomaly-${namespace}`,
      // files tell nothing of their sensor's health
      query: {
        bool: {
          filter: { term: { 'event.kind': 'alert' } },
          must_not: { term: { 'ot_anomaly.group.kind': 'sensor' } },
        },
      },
    });
    expect(count).toBe(onFiles.tallied.groups);
  });

  it('reads the simulator’s own labels: each scenario that left rows is found, from its first row on', () => {
    const { recall, firstDetection } = onFiles.tallied;
    expect(Object.keys(recall).sort()).toEqual(['new-source', 'new-write', 'scan']);
    for (const name of ['new-source', 'scan']) {
      expect(recall[name], name).toBe(1);
      expect(firstDetection[name]?.seconds, name).toBe(0);
    }
  });
});
