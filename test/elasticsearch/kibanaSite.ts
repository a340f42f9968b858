import { readFileSync } from 'node:fs';
import type { Client } from '@elastic/elasticsearch';
import { parseAssetFile } from '../../src/anomaly/assetFile.js';
import { ECS_VERSION } from '../../src/anomaly/document.js';
import { retrainFields } from '../../src/app/governance/retrainLog.js';
import { importAssets } from '../../src/app/importAssets.js';
import { importMaintenance } from '../../src/app/importMaintenance.js';
import { scoreWindow } from '../../src/app/scoreWindow.js';
import { failed, type Opinion, skipped } from '../../src/app/triage/formOpinion.js';
import { packagePath } from '../../src/config/packageRoot.js';
import { type AuditRecord, writeAudit } from '../../src/elasticsearch/auditLog.js';
import { bulkCreate } from '../../src/elasticsearch/bulkCreate.js';
import { writeCheckpoint } from '../../src/elasticsearch/checkpoints.js';
import { mirrorDeployment } from '../../src/elasticsearch/deploymentMirror.js';
import { noCounts, writeHeartbeat } from '../../src/elasticsearch/heartbeat.js';
import { writeIncident } from '../../src/elasticsearch/incidents.js';
import { outputDocument } from '../../src/elasticsearch/outputDocument.js';
import { finishReview, openReview, readReviews } from '../../src/elasticsearch/reviews.js';
import { type TriageDataset, triageStream } from '../../src/elasticsearch/triageStore.js';
import { toOtRecord } from '../../src/features/otRecord.js';
import { canonicalBytes, sha256 } from '../../src/registry/digest.js';
import type { LoadedModel } from '../../src/registry/store.js';
import { assetsCsv } from '../../src/simulator/assets.js';
import {
  type LogName,
  type Plant,
  type ScenarioAt,
  type ScenarioLabel,
  simulatePlant,
} from '../../src/simulator/index.js';
import { annotationDocument, draftDocument } from '../../src/triage/annotation.js';
import { emptyState } from '../fixtures/scorerState.js';
import { trainOn } from '../fixtures/smallModel.js';
import { uniqueNamespace } from './cluster.js';
import {
  bringRows,
  checkBoundaryOf,
  closeInKibana,
  decideOn,
  dismissInSameWords,
  downloadProgram,
  losePackets,
  type OperatedSite,
  safetyCell,
  sendUnreadable,
  stopScorer,
  triageWithoutLlm,
  verifyAndRecord,
  widenKey,
} from './kibanaOperation.js';
import { keepNewestWord } from './newestWordIndex.js';
import { clientOf, setUp } from './parts.js';
import { type Arrivals, nodeClock } from './ruleRunner.js';
import { newId } from './scoredSite.js';
import { bringTraffic, DAY, smallPlant } from './simulated.js';

/** A plant's site: a week that is history, a clean week, days with scenarios, and a document in each stream. */
export interface KibanaSite {
  readonly namespace: string;
  /** ids of all alerts */
  readonly alerts: readonly string[];
  /** of the scenarios: who did it to whom */
  readonly labels: readonly ScenarioLabel[];
  readonly clean: Arrivals;
  /** what takes days: a drift, a silence, work at night */
  readonly drifting: Arrivals;
  readonly attacked: Arrivals;
  /** what happens to the system itself and to its people */
  readonly operated: Arrivals;
  /** the index of Kibana's alerts, of two that were closed there */
  readonly kibanaAlerts: string;
  /** the closed one that nobody decided */
  readonly undecided: string;
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
/** Of which the scenarios' end is not simulated. */
const DRIFT_DAYS = 4;
const DRIFT_HOURS = 84;
const ATTACKED_HOURS = 10;
const HOUR = 3_600;
export const OVERDUE_REVIEW = 'another model';
/** Of the rules on them: as many as it takes. */
const UNREADABLE_ROWS = 100;
const SAME_WORDS = 5;
/** Rows of so many seconds of each hour and relation: enough for the rhythm, and for a test. */
const THINNING = { observeSecondsPerHour: 1 };
/** With the one that has addresses, where a scenario is about them: it says all that modbus.log says once more. */
const LOGS: readonly LogName[] = ['conn', 'modbus', 'modbus_detailed'];

export async function kibanaSite(admin: Client): Promise<KibanaSite> {
  const namespace = uniqueNamespace();
  const plant = smallPlant();
  const [keys, model] = [await setUp(namespace), await trainInMemory(plant)];
  const site: Site = { namespace, plant, model, client: (part) => clientOf(keys, part) };
  await importAssets(
    site.client('inventory'),
    namespace,
    parseAssetFile('assets.csv', inventory(plant)),
    new Date(),
  );
  // Work is planned for the hour in which the historian's pivot is.
  const pivot = (FROM + (BASELINE_DAYS + CLEAN_DAYS + DRIFT_DAYS) * DAY + 6 * HOUR) * 1000;
  const window = {
    uid: 'a-change',
    summary: 'a change at the historian',
    start: pivot,
    end: pivot + HOUR * 1000,
    assets: [plant.historian.address],
    zones: ['operations-management'],
  };
  await importMaintenance(site.client('inventory'), namespace, 'changes', [window], new Date());
  const from = FROM + (BASELINE_DAYS - HISTORY_DAYS) * DAY;
  await bringTraffic(site.client('ingest'), { plant, from, days: HISTORY_DAYS, namespace });
  const quiet = await live(admin, site, from + HISTORY_DAYS * DAY, CLEAN_DAYS * 24, []);
  // What is done each week belongs to it: a key that keeps within its role, a chain that holds.
  const weekly: OperatedSite = { ...site, keys, alerts: [] };
  await checkBoundaryOf(weekly, 'scorer', site.client('scorer'));
  await verifyAndRecord(weekly);
  const clean = { from: quiet.from, to: await nodeClock(admin) };
  const drift = from + (HISTORY_DAYS + CLEAN_DAYS) * DAY;
  const drifting = await live(admin, site, drift, DRIFT_HOURS, [
    { name: 'slow-drift-interval', at: drift + HOUR },
    { name: 'off-hours-engineering', at: drift + 26 * HOUR },
    { name: 'silent-master', at: drift + 60 * HOUR },
  ]);
  const day = drift + DRIFT_DAYS * DAY;
  const attacked = await live(admin, site, day, ATTACKED_HOURS, [
    { name: 'new-source', at: day + HOUR / 2 },
    { name: 'identity-probe', at: day + HOUR },
    { name: 'new-write', at: day + 2 * HOUR },
    { name: 'register-search', at: day + 3 * HOUR },
    { name: 'scan', at: day + 4 * HOUR },
    { name: 'bulk-read', at: day + 5 * HOUR },
    { name: 'write-burst', at: day + 5.5 * HOUR },
    { name: 'write-elsewhere', at: day + 5.9 * HOUR },
    { name: 'set-point-jump', at: day + 5.95 * HOUR },
    { name: 'historian-pivot', at: day + 6 * HOUR },
    // These are recorded whole: the end of what is recorded keeps them short.
    { name: 'new-plc', at: day + 9.98 * HOUR },
    { name: 'faster-polling', at: day + 9.9 * HOUR },
    { name: 'flood', at: day + ATTACKED_HOURS * HOUR - 5 },
  ]);
  const began = await nodeClock(admin);
  const alerts = await newestAlerts(admin, namespace);
  const operated = { ...weekly, alerts };
  await writeOperation(site);
  await writeOpinions(admin, site, alerts);
  await writeGovernance(admin, site);
  const download = await downloadProgram(operated, day + ATTACKED_HOURS * HOUR);
  await losePackets(operated, day + (ATTACKED_HOURS + 1) * HOUR);
  await sendUnreadable(operated, UNREADABLE_ROWS);
  await triageWithoutLlm(admin, operated);
  await dismissInSameWords(admin, operated, SAME_WORDS);
  await widenKey(admin, operated);
  await stopScorer(operated);
  await verifyAndRecord(operated);
  const [decided = '', , , undecided = ''] = alerts;
  const kibanaAlerts = await closeInKibana(admin, operated, [decided, undecided]);
  await writeSampleRows(site);
  await admin.indices.refresh({ index: `*-${namespace}` });
  const until = { from: began, to: await nodeClock(admin) };
  const labels = [...drifting.labels, ...attacked.labels, ...download];
  await keepNewestWord(admin, namespace);
  const all = await newestAlerts(admin, namespace);
  return {
    namespace,
    alerts: all,
    labels,
    clean,
    drifting,
    attacked,
    operated: until,
    kibanaAlerts,
    undecided,
  };
}

/** Ids of alerts, the newest traffic first. */
async function newestAlerts(admin: Client, namespace: string): Promise<readonly string[]> {
  const { hits } = await admin.search({
    index: `logs-ot_anomaly.anomaly-${namespace}`,
    query: { term: { 'event.kind': 'alert' } },
    sort: [{ '@timestamp': 'desc' }],
    size: 1_000,
    _source: false,
  });
  return hits.hits.map(({ _id }) => _id ?? '');
}

/** The inventory, with a safety controller of a cell whose traffic the sensor sees too. */
function inventory(plant: Plant): string {
  const [safety] = safetyCell().enip?.controllers ?? [];
  const [line = ''] = assetsCsv(safetyCell())
    .split('\n')
    .filter((one) => one.startsWith(`${safety?.address},`));
  return `${assetsCsv(plant)}${line.replace(',false,', ',true,')}\n`;
}

/** The model of a month that needn't be in Elasticsearch. */
async function trainInMemory(plant: Plant): Promise<LoadedModel> {
  const rows = [
    ...simulatePlant({ plant, from: FROM, to: FROM + BASELINE_DAYS * DAY, thinning: THINNING, logs: LOGS }),
  ];
  const records = rows.flatMap(({ log, row }) => toOtRecord({ log, sensor: undefined, columns: row }) ?? []);
  const trained = await trainOn(records, { from: FROM, to: FROM + BASELINE_DAYS * DAY, rowsPerKey: 2_000 });
  const model = { ...trained, baseline: { ...trained.baseline, silence: silenceLimits(plant) } };
  return { model, sha256: sha256(canonicalBytes(model)), path: '' };
}

/**
 * Rows recorded in one stretch a shift are in too few hours for the training to watch any relation for silence: of
 * the SCADA master's, 20 hours are allowed here, more than two stretches are apart.
 */
function silenceLimits({ scada, plcs }: Plant): Record<string, number> {
  return Object.fromEntries(
    plcs.map(({ address, unit }) => [`-|-|${scada.address}|${address}|502|modbus|${unit}`, 20 * HOUR]),
  );
}

/** Hours that come in and are scored. @param from seconds since the epoch */
async function live(
  admin: Client,
  { namespace, plant, model, client }: Site,
  from: number,
  hours: number,
  scenarios: readonly ScenarioAt[],
): Promise<Arrivals & { readonly labels: readonly ScenarioLabel[] }> {
  const index = `logs-ot_zeek.*-${namespace}`;
  const began = await nodeClock(admin);
  const { labels } = await bringTraffic(client('ingest'), {
    plant,
    from,
    days: hours / 24,
    namespace,
    scenarios,
    ...(scenarios.some(({ name }) => name === 'write-elsewhere') ? { logs: LOGS } : {}),
  });
  await admin.indices.refresh({ index });
  await scoreWindow({
    client: client('scorer'),
    index,
    namespace,
    model,
    from,
    to: from + hours * HOUR,
    pageSize: 1_000,
    now: () => new Date(),
    newId,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  await admin.indices.refresh({ index: `logs-ot_anomaly.anomaly-${namespace}` });
  return { from: began, to: await nodeClock(admin), labels };
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

/** What the AI and people say of the newest alerts, in the documents that triage makes. */
async function writeOpinions(admin: Client, site: Site, alerts: readonly string[]): Promise<void> {
  const { namespace, client } = site;
  const index = `logs-ot_anomaly.anomaly-${namespace}`;
  const [first, second, third] = alerts.map((id) => ({ id, index }));
  if (first === undefined || second === undefined || third === undefined)
    throw new Error('the scenarios gave fewer alerts than opinions need');
  const now = new Date();
  const annotate = (alert: typeof first, { answer, how, facts }: Opinion) =>
    annotationDocument({ alert, namespace, answer, how, provenance: { ...facts, latencyMs: 1_200 }, now });
  const facts = {
    promptVersion: '1',
    promptSha256: sha256('a prompt'),
    modelRequested: 'a-model',
    modelAnswered: 'a-model',
    pseudonymised: true,
    tokens: { input: 900, output: 200 },
    cost: 0.01,
  };
  const answered: Opinion = {
    answer: {
      classification: 'high_priority_escalate',
      confidence: 0.9,
      reasoning: 'T0999 and a new source speak for an intrusion.',
      recommended_analyst_actions: ['Find the owner of the source.'],
      data_gaps: [],
    },
    how: {
      outcome: 'answered',
      guardrails: ['unknown_technique'],
      techniques: ['T0888'],
      modelClassification: 'high_priority_escalate',
    },
    proposals: [],
    facts,
  };
  const proposal = { target: 'network_rule', text: 'Block the source at the firewall.' } as const;
  const write = (dataset: TriageDataset, documents: readonly object[]) =>
    bulkCreate(
      client('triage'),
      triageStream(dataset, namespace),
      documents.map((document) => ({ id: newId(), document })),
      { refresh: true },
    );
  await write('triage', [
    annotate(first, answered),
    annotate(second, failed('timeout', '', facts)),
    annotate(third, skipped('queue_full', facts)),
  ]);
  await write('recommendation', [
    draftDocument({ alert: first, namespace, proposal, proposedBy: 'triage', now }),
  ]);
  await writeCase(site, first);
  await decideOn(admin, namespace, first.id, { action: 'true_positive', justification: 'seen on site' });
  const justification = 'the scanner of the asset inventory, which runs each quarter';
  await decideOn(admin, namespace, first.id, { action: 'dismiss', justification }, true);
}

/** An outside system's case, as a webhook brings it. */
async function writeCase({ namespace, client }: Site, alert: AlertReference): Promise<void> {
  const document = outputOf('case', namespace, 'case-linked', {
    alert,
    case: { id: 'INC-1', system: 'soar', url: 'https://soar.example/INC-1', message_id: 'msg-1' },
  });
  await client('soar').create({ index: `logs-ot_anomaly.case-${namespace}`, id: newId(), document });
}

interface AlertReference {
  readonly id: string;
  readonly index: string;
}

/** What documents about alerts have in common. */
function outputOf(dataset: string, namespace: string, action: string, fields: object) {
  return {
    '@timestamp': new Date().toISOString(),
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: `ot_anomaly.${dataset}`, namespace },
    event: {
      kind: 'event',
      category: ['intrusion_detection'],
      type: ['info'],
      action,
      module: 'ot_anomaly',
      dataset: `ot_anomaly.${dataset}`,
    },
    ot_anomaly: fields,
  };
}

/** A row of each Zeek log, so that each stream holds one. */
async function writeSampleRows({ namespace, client }: Site): Promise<void> {
  const lines = readFileSync(packagePath('integration/sample-rows.ndjson'), 'utf8').trim().split('\n');
  for (const text of lines) {
    const { log, row } = JSON.parse(text) as { readonly log: string; readonly row: object };
    await bringRows(client('ingest'), namespace, log, [JSON.stringify(row)], 'north');
  }
}

/** What governance writes, by the functions that it writes with. */
async function writeGovernance(admin: Client, { namespace, client, model }: Site): Promise<void> {
  const now = new Date();
  const policies = {
    ai_governance_policy: sha256('ai'),
    retraining_policy: sha256('retraining'),
    approvers: sha256('approvers'),
  };
  const retrain = {
    ...retrainFields(now, undefined),
    requested_by: 'anna',
    approved_by: 'lena',
    approval_ticket_id: 'CHG-1',
    new_model_sha256: model.sha256,
    adversarial_test_result: 'passed',
  };
  const common = { part: 'registry', person: 'anna', modelSha256: model.sha256, policies };
  const records: readonly AuditRecord[] = [
    { ...common, action: 'retrain-requested', message: 'asked for', retrain },
    { ...common, action: 'gate-recorded', message: 'passed', outcome: 'success', retrain },
    { ...common, action: 'deployment-refused', message: 'refused', outcome: 'failure', reasons: ['alone'] },
  ];
  for (const record of records)
    await writeAudit(client('registry'), namespace, record, newId(), now, undefined);
  // Outside of the chain, as somebody writes who is no part of the system.
  await admin.create({
    index: `logs-ot_anomaly.audit-${namespace}`,
    id: newId(),
    document: outputOf('audit', namespace, 'model-deployed', { audit: { part: 'nobody' } }),
  });
  await mirrorDeployment(
    client('registry'),
    namespace,
    {
      stage: 'production',
      action: 'model-deployed',
      message: 'deployed',
      sequence: 1,
      sha256: sha256('a record'),
      modelSha256: model.sha256,
      alertLine: -0.15,
      structureOnly: false,
      people: ['anna', 'lena'],
      ticket: 'CHG-1',
    },
    now,
  );
  await admin.create({
    index: `logs-ot_anomaly.hold-${namespace}`,
    id: newId(),
    document: outputDocument(
      'hold',
      namespace,
      now,
      { id: 'held', action: 'document-held', message: 'held for INC-7' },
      { hold: { subject: 'INC-7', index: 'a-stream', id: 'an-id', sha256: sha256('it'), document: '{}' } },
    ),
  });
  const longAgo = new Date(now.getTime() - 30 * DAY * 1000);
  await openReview(client('registry'), namespace, { trigger: 'retrain', subject: 'a model' }, longAgo);
  const [task] = await readReviews(admin, namespace);
  if (task === undefined) throw new Error('the review is not there');
  await finishReview(admin, namespace, task, 'nothing was found', now);
  await openReview(client('registry'), namespace, { trigger: 'retrain', subject: OVERDUE_REVIEW }, longAgo);
  const since = longAgo.toISOString();
  const incident = { id: 'INC-7', state: 'open', at: now.toISOString(), suspected_from: since } as const;
  await writeIncident(admin, namespace, { ...incident, missed: false }, newId(), now);
}
