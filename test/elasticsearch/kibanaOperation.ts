import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { pino } from 'pino';
import { decide } from '../../src/app/decide.js';
import { followArrivals } from '../../src/app/followArrivals.js';
import { verifyBoundary } from '../../src/app/governance/verifyBoundary.js';
import { scoreWindow } from '../../src/app/scoreWindow.js';
import { recordAudit, verifyAudit } from '../../src/app/verifyAudit.js';
import { decisionDocument, decisionId } from '../../src/decision/document.js';
import { decisionRequestSchema } from '../../src/decision/request.js';
import { readAlert } from '../../src/elasticsearch/alertStore.js';
import { writeDecision } from '../../src/elasticsearch/decisionStore.js';
import { DocumentMaker } from '../../src/ingest/sourceDocument.js';
import type { LoadedModel } from '../../src/registry/store.js';
import { roles } from '../../src/setup/assets.js';
import { partOf } from '../../src/setup/parts.js';
import { canaryStreams, streamNames } from '../../src/setup/streams.js';
import { buildPlant } from '../../src/simulator/index.js';
import { clientWith } from './installAssets.js';
import { newId } from './scoredSite.js';
import { bringTraffic } from './simulated.js';
import { startTriage } from './triageSite.js';

/** What the scenarios of operation happen to. */
export interface OperatedSite {
  readonly namespace: string;
  readonly model: LoadedModel;
  readonly keys: Parameters<typeof startTriage>[0];
  readonly client: (part: string) => Client;
  /** ids of alerts, newest first */
  readonly alerts: readonly string[];
}

const AUDITED = { newId, now: () => new Date() };
const BEHIND_MS = 10 * 60_000;
const LOSS_PERCENT = 40;

/** The boundary check of a key: `ot-anomaly boundary verify` does no more. */
export async function checkBoundaryOf(
  { namespace, client }: OperatedSite,
  part: string,
  credential: Client,
): Promise<void> {
  const role = roles().find((one) => partOf(one) === part);
  if (role === undefined) throw new Error(`there is no role for ${part}`);
  await verifyBoundary({
    credentials: [{ role, client: credential }],
    streams: streamNames(namespace),
    canaries: canaryStreams(),
    namespace,
    prohibitedActions: [],
    auditor: { part: 'registry', client: client('registry') },
    ...AUDITED,
  });
}

/** A key of triage that somebody widened, as the boundary check finds it. */
export async function widenKey(admin: Client, site: OperatedSite): Promise<void> {
  const privileges = ['read', 'create_doc', 'index', 'delete'];
  const { encoded } = await admin.security.createApiKey({
    name: 'widened',
    expiration: '1h',
    role_descriptors: { wide: { cluster: [], indices: [{ names: ['logs-ot_anomaly.*'], privileges }] } },
  });
  const widened = clientWith(encoded);
  await checkBoundaryOf(site, 'triage', widened);
  await widened.close();
}

/** A scorer that beats ten minutes ago, by its clock, and is stopped: nobody beats since. */
export async function stopScorer({ namespace, model, client }: OperatedSite): Promise<void> {
  const stop = new AbortController();
  await followArrivals({
    client: client('scorer'),
    index: `logs-ot_zeek.*-${namespace}`,
    namespace,
    model,
    scorer: 'stopped',
    pollMs: 100,
    overlapSeconds: 2,
    rereadSeconds: 60,
    latenessSeconds: 1,
    checkpointSeconds: 1,
    pageSize: 500,
    startAt: undefined,
    now: () => new Date(Date.now() - BEHIND_MS),
    newId,
    log: pino({ level: 'silent' }),
    signal: stop.signal,
    onReady: () => stop.abort(),
  });
}

/** Triage without a key for an LLM: each alert gets an annotation that says so. */
export async function triageWithoutLlm(admin: Client, { namespace, keys, alerts }: OperatedSite) {
  const worker = startTriage(keys, namespace, {});
  await worker.ready;
  const noted = async () => {
    const index = `logs-ot_anomaly.triage-${namespace}`;
    await admin.indices.refresh({ index });
    return (await admin.count({ index, query: { term: { 'ot_anomaly.triage.reason': 'no_key' } } })).count;
  };
  for (const end = Date.now() + 30_000; (await noted()) < alerts.length; await sleep(100))
    if (Date.now() > end) throw new Error('triage did not annotate every alert within 30 s');
  await worker.stop();
}

/** A verdict as the decision server writes it for who is signed in. */
export async function decideOn(
  admin: Client,
  namespace: string,
  alertId: string,
  request: { readonly action: string; readonly justification?: string },
  blind = false,
): Promise<void> {
  const decided = await decide({
    client: admin,
    namespace,
    by: 'elastic',
    alertId,
    request: decisionRequestSchema.parse(request),
    key: newId(),
    ticketPattern: /^CHG-\d+$/,
    blind,
    now: new Date(),
  });
  if (decided.kind !== 'stored') throw new Error(`the decision was not taken: ${JSON.stringify(decided)}`);
}

/** The decision server refuses the same words twice; who writes past it with their own credential is not refused. */
export async function dismissInSameWords(admin: Client, { namespace, alerts }: OperatedSite, count: number) {
  const request = decisionRequestSchema.parse({
    action: 'dismiss',
    justification: 'known, ignore',
  });
  for (const id of alerts.slice(-count)) {
    const alert = await readAlert(admin, namespace, id);
    if (alert === undefined) throw new Error(`there is no alert ${id}`);
    const document = decisionDocument({
      alert,
      namespace,
      request,
      opinion: undefined,
      drafts: [],
      blind: false,
      now: new Date(),
    });
    await writeDecision(admin, namespace, decisionId('elastic', id, newId()), document);
  }
}

/**
 * Kibana's alerts of these two, both closed there: copies of ours with the status, as its rules make them. Kibana
 * itself is not at hand.
 *
 * @returns their index
 */
export async function closeInKibana(admin: Client, { namespace }: OperatedSite, alerts: readonly string[]) {
  const index = `kibana-alerts-${namespace}`;
  await admin.indices.create({
    index,
    mappings: {
      properties: {
        '@timestamp': { type: 'date' },
        'kibana.alert.workflow_status': { type: 'keyword' },
        'ot_anomaly.group.id': { type: 'keyword' },
      },
    },
  });
  for (const id of alerts)
    await admin.index({
      index,
      refresh: true,
      document: {
        '@timestamp': new Date().toISOString(),
        'kibana.alert.workflow_status': 'closed',
        'ot_anomaly.group.id': id,
      },
    });
  return index;
}

/** `ot-anomaly audit verify --record` */
export async function verifyAndRecord({ namespace, client }: OperatedSite): Promise<void> {
  const report = await verifyAudit(client('scorer'), namespace, undefined);
  await recordAudit(client('scorer'), namespace, report, newId(), new Date());
}

/** An hour in which a sensor reports that it loses packets, scored. @param from seconds since the epoch */
export async function losePackets({ namespace, model, client }: OperatedSite, from: number): Promise<void> {
  const rows = [900, 1_800].map((after) => ({
    ts: from + after,
    ts_delta: 900,
    peer: 'zeek',
    gaps: 4_000,
    acks: 10_000,
    percent_lost: LOSS_PERCENT,
  }));
  await bringRows(
    client('ingest'),
    namespace,
    'capture_loss',
    rows.map((row) => JSON.stringify(row)),
    'north',
  );
  await scoreWindow({
    client: client('scorer'),
    index: `logs-ot_zeek.*-${namespace}`,
    namespace,
    model,
    from,
    to: from + 3_600,
    pageSize: 1_000,
    ...AUDITED,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
}

/** A shipper that sends the lines of another log as modbus.log. */
export function sendUnreadable({ namespace, client }: OperatedSite, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, n) => `Nov 24 10:00:00 gateway sshd[${n}]: session opened`);
  return bringRows(client('ingest'), namespace, 'modbus', lines);
}

/** An EtherNet/IP cell beside the plant. */
export const safetyCell = () => buildPlant({ seed: 11, plcs: 1, protocols: ['enip'] });

/** Minutes of that cell in which its safety controller's program is replaced. @param from seconds since the epoch */
export async function downloadProgram({ namespace, client }: OperatedSite, from: number) {
  const { labels } = await bringTraffic(client('ingest'), {
    plant: safetyCell(),
    from,
    days: 300 / 86_400,
    namespace,
    scenarios: [{ name: 'cip-program-download', at: from + 60 }],
  });
  return labels;
}

/** Lines of one log, as a shipper sends them. */
export async function bringRows(
  client: Client,
  namespace: string,
  log: string,
  lines: readonly string[],
  sensor?: string,
): Promise<void> {
  const maker = new DocumentMaker({ namespace, path: `/logs/${log}.log`, run: 'rows', sensor });
  const operations = lines.flatMap((message, line) => {
    const document = maker.make({ kind: 'row', log, line, message });
    if (document === undefined) throw new Error(`there is no stream for ${log}`);
    return [{ create: { _index: document.index, _id: document.id } }, document.body];
  });
  const { errors, items } = await client.bulk({ operations, refresh: true });
  if (errors) throw new Error(`rows were refused: ${JSON.stringify(items)}`);
}
