import type { Client } from '@elastic/elasticsearch';
import { parseAssetFile } from '../../src/anomaly/assetFile.js';
import { importAssets } from '../../src/app/importAssets.js';
import { scoreWindow } from '../../src/app/scoreWindow.js';
import { writeCheckpoint } from '../../src/elasticsearch/checkpoints.js';
import { noCounts, writeHeartbeat } from '../../src/elasticsearch/heartbeat.js';
import { toOtRecord } from '../../src/features/otRecord.js';
import { canonicalBytes, sha256 } from '../../src/registry/digest.js';
import type { LoadedModel } from '../../src/registry/store.js';
import { assetsCsv } from '../../src/simulator/assets.js';
import { type Plant, type ScenarioAt, simulatePlant } from '../../src/simulator/index.js';
import { emptyState } from '../fixtures/scorerState.js';
import { trainOn } from '../fixtures/smallModel.js';
import { uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';
import { newId } from './scoredSite.js';
import { bringTraffic, DAY, smallPlant } from './simulated.js';

/** A span of arrival times, as Elasticsearch stamps them. */
export interface Arrivals {
  readonly from: string;
  readonly to: string;
}

/** A plant's site: a week that is history, a clean week, days with scenarios, and a document in each stream. */
export interface KibanaSite {
  readonly namespace: string;
  readonly clean: Arrivals;
  readonly attacked: Arrivals;
}

interface Site {
  readonly namespace: string;
  readonly plant: Plant;
  readonly model: LoadedModel;
  readonly client: (part: string) => Client;
}

const FROM = Date.parse('2026-01-01T00:00:00Z') / 1000;
const BASELINE_DAYS = 31;
const HISTORY_DAYS = 7;
const CLEAN_DAYS = 7;
const ATTACKED_DAYS = 2;
const HOUR = 3_600;
/** Rows of so many seconds of each hour and relation: enough for the rhythm, and for a test. */
const THINNING = { observeSecondsPerHour: 1 };

export async function kibanaSite(admin: Client): Promise<KibanaSite> {
  const namespace = uniqueNamespace();
  const plant = smallPlant();
  const [keys, model] = [await setUp(namespace), await trainInMemory(plant)];
  const site: Site = { namespace, plant, model, client: (part) => clientOf(keys, part) };
  await importAssets(
    site.client('inventory'),
    namespace,
    parseAssetFile('assets.csv', assetsCsv(plant)),
    new Date(),
  );
  const from = FROM + (BASELINE_DAYS - HISTORY_DAYS) * DAY;
  await bringTraffic(site.client('ingest'), { plant, from, days: HISTORY_DAYS, namespace });
  const clean = await live(admin, site, BASELINE_DAYS, CLEAN_DAYS, []);
  const day = FROM + (BASELINE_DAYS + CLEAN_DAYS) * DAY;
  const attacked = await live(admin, site, BASELINE_DAYS + CLEAN_DAYS, ATTACKED_DAYS, [
    { name: 'new-source', at: day + 2 * HOUR },
    { name: 'new-write', at: day + 4 * HOUR },
    { name: 'scan', at: day + 6 * HOUR },
    { name: 'new-plc', at: day + 8 * HOUR },
    { name: 'historian-pivot', at: day + 12 * HOUR },
    { name: 'faster-polling', at: day + 16 * HOUR },
  ]);
  await writeOperation(site);
  await writeOpinions(admin, namespace);
  await writeUnreadRow(admin, namespace);
  return { namespace, clean, attacked };
}

/** The model of a month that needn't be in Elasticsearch. */
async function trainInMemory(plant: Plant): Promise<LoadedModel> {
  const rows = [...simulatePlant({ plant, from: FROM, to: FROM + BASELINE_DAYS * DAY, thinning: THINNING })];
  const records = rows.flatMap(({ log, row }) => toOtRecord({ log, sensor: undefined, columns: row }) ?? []);
  const model = await trainOn(records, { from: FROM, to: FROM + BASELINE_DAYS * DAY, rowsPerKey: 2_000 });
  return { model, sha256: sha256(canonicalBytes(model)), path: '' };
}

/** Days that come in and are scored. */
async function live(
  admin: Client,
  site: Site,
  first: number,
  days: number,
  scenarios: readonly ScenarioAt[],
): Promise<Arrivals> {
  const { namespace, plant, model } = site;
  const index = `logs-ot_zeek.*-${namespace}`;
  const began = await now(admin, namespace);
  await bringTraffic(site.client('ingest'), { plant, from: FROM + first * DAY, days, namespace, scenarios });
  await admin.indices.refresh({ index });
  await scoreWindow({
    client: site.client('scorer'),
    index,
    namespace,
    model,
    from: FROM + first * DAY,
    to: FROM + (first + days) * DAY,
    pageSize: 1_000,
    now: () => new Date(),
    newId,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  return { from: began, to: await now(admin, namespace) };
}

/** The node's clock, which stamps arrivals: read from a document that it stamps. */
export async function now(admin: Client, namespace: string): Promise<string> {
  const index = `logs-ot_anomaly.audit-${namespace}`;
  const document = {
    '@timestamp': new Date().toISOString(),
    event: { kind: 'event', module: 'ot_anomaly', dataset: 'ot_anomaly.audit', action: 'clock-read' },
    ot_anomaly: { audit: { part: 'test' } },
  };
  const { _id } = await admin.create({ index, id: newId(), document, refresh: true });
  const { hits } = await admin.search({
    index,
    query: { ids: { values: [_id] } },
    fields: ['event.ingested'],
  });
  return String(hits.hits[0]?.fields?.['event.ingested'][0]);
}

async function writeOperation({ namespace, model, client }: Site): Promise<void> {
  const scorer = client('scorer');
  const counts = { ...noCounts(), read: 100, scored: 90, alerts: 2, late: 1 };
  const heartbeat = { ...counts, name: 'north', model_sha256: model.sha256 };
  await writeHeartbeat(scorer, namespace, heartbeat, newId(), new Date());
  const position = new Date().toISOString();
  const checkpoint = { scorer: 'north', modelSha256: model.sha256, position, state: emptyState(position) };
  await writeCheckpoint(scorer, namespace, checkpoint, new Date());
}

/** What the AI and people say of the newest alert. */
async function writeOpinions(admin: Client, namespace: string): Promise<void> {
  const { hits } = await admin.search({
    index: `logs-ot_anomaly.anomaly-${namespace}`,
    query: { term: { 'event.kind': 'alert' } },
    sort: [{ '@timestamp': 'desc' }],
    size: 1,
  });
  const alert = { id: hits.hits[0]?._id, index: `logs-ot_anomaly.anomaly-${namespace}` };
  const say = (dataset: string, ot: Record<string, unknown>) =>
    admin.create({
      index: `logs-ot_anomaly.${dataset}-${namespace}`,
      id: newId(),
      refresh: true,
      document: {
        '@timestamp': new Date().toISOString(),
        data_stream: { type: 'logs', dataset: `ot_anomaly.${dataset}`, namespace },
        event: { kind: 'event', module: 'ot_anomaly', dataset: `ot_anomaly.${dataset}` },
        ot_anomaly: { alert, ...ot },
      },
    });
  await say('triage', {
    triage: {
      outcome: 'answered',
      classification: 'suspicious',
      confidence: 0.7,
      latency_ms: 1_200,
      guardrails: ['unknown_technique'],
      tokens: { input: 900, output: 200 },
      cost: 0.01,
      model: { requested: 'a-model', answered: 'a-model' },
      prompt: { version: '1' },
    },
  });
  await say('triage', { triage: { outcome: 'skipped', reason: 'queue_full' } });
  await say('recommendation', {
    recommendation: { status: 'pending_human_approval', target: 'network_rule', needs_change_ticket: true },
  });
  await say('decision', {
    decision: {
      action: 'true_positive',
      justification: 'seen on site',
      ai_classification: 'suspicious',
      agrees_with_ai: true,
      blind_check: false,
    },
  });
  await say('case', { case: { id: 'INC-1', system: 'soar' } });
}

async function writeUnreadRow(admin: Client, namespace: string): Promise<void> {
  await admin.create({
    index: `logs-ot_zeek.modbus-${namespace}`,
    id: newId(),
    refresh: true,
    document: { '@timestamp': new Date().toISOString(), message: 'no row' },
  });
}
