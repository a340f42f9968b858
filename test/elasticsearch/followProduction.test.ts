import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followProduction } from '../../src/app/followProduction.js';
import { scanReviews } from '../../src/app/governance/scanReviews.js';
import { tellOverdue } from '../../src/app/governance/tellOverdue.js';
import { importAssets } from '../../src/app/importAssets.js';
import { packagePath } from '../../src/config/packageRoot.js';
import { writeIncident } from '../../src/elasticsearch/incidents.js';
import { DocumentMaker, streamOf } from '../../src/ingest/sourceDocument.js';
import { productionModel } from '../../src/registry/productionModel.js';
import { alertDocument } from '../fixtures/alerts.js';
import { searchedRule } from '../fixtures/detectionRules.js';
import { testElasticsearch } from './cluster.js';
import { type GovernedSite, governedSite } from './governedSite.js';
import { runRule } from './ruleRunner.js';
import { newId } from './scoredSite.js';
import { signedModel } from './signedModel.js';

let site: GovernedSite;
let first: string;
let second: string;
beforeAll(async () => {
  site = await governedSite(new Date().toISOString());
  first = await signedModel(site, 1);
  second = await signedModel(site, 2);
  site.setTime(new Date().toISOString());
  await deploy(first, ['lena', 'emma']);
}, 300_000);
afterAll(() => site?.close());

async function deploy(model: string, approvers: Parameters<GovernedSite['deploy']>[2]): Promise<void> {
  const result = await site.deploy(model, 'anna', approvers);
  if ('refusals' in result) throw new Error(JSON.stringify(result.refusals));
}

/** A source that no model knows reads a PLC: one alert, whichever model sees it. */
async function write(source: string): Promise<void> {
  const maker = new DocumentMaker({ namespace: site.namespace, path: '/live', run: 'live' });
  const row = {
    ts: Date.now() / 1000,
    uid: `C${source}`,
    'id.orig_h': source,
    'id.orig_p': 50_000,
    'id.resp_h': '10.0.0.2',
    'id.resp_p': 502,
    tid: 1,
    unit: 1,
    func: 'READ_COILS',
    pdu_type: 'REQ',
  };
  const made = maker.make({ kind: 'row', log: 'modbus', line: 1, message: JSON.stringify(row) });
  if (made === undefined) throw new Error('no document');
  await site
    .client('ingest')
    .create({ index: streamOf('modbus', site.namespace), id: made.id, document: made.body });
}

interface Alert {
  readonly source: { readonly ip: string };
  readonly ot_anomaly: {
    readonly group: { readonly kind: string };
    readonly model: { readonly sha256: string; readonly deployment: number; readonly lab: boolean };
  };
}

async function alerts(): Promise<readonly Alert[]> {
  const index = `logs-ot_anomaly.anomaly-${site.namespace}`;
  await site.admin.indices.refresh({ index });
  const { hits } = await site.admin.search<Alert>({
    index,
    size: 1_000,
    query: { term: { 'event.kind': 'alert' } },
  });
  return hits.hits.flatMap(({ _source }) => _source ?? []);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const began = performance.now(); !(await holds()); ) {
    if (performance.now() - began > 60_000) throw new Error(`not within 60 s: ${what}`);
    await sleep(50);
  }
}

function start() {
  const stop = new AbortController();
  const following = followProduction({
    client: site.client('scorer'),
    index: site.index,
    namespace: site.namespace,
    scorer: 'production',
    pollMs: 100,
    overlapSeconds: 2,
    rereadSeconds: 60,
    latenessSeconds: 1,
    checkpointSeconds: 1,
    pageSize: 500,
    startAt: undefined,
    now: () => new Date(),
    newId,
    log: pino({ level: 'silent' }),
    signal: stop.signal,
    choose: () =>
      productionModel(site.context.files, site.context.pinned, site.namespace, site.context.now()),
    reloadMs: 200,
  });
  return {
    following,
    stop: async () => {
      stop.abort();
      await following;
    },
  };
}

const auditCount = async (action: string) =>
  (
    await site.admin.count({
      index: `logs-ot_anomaly.audit-${site.namespace}`,
      query: { term: { 'event.action': action } },
    })
  ).count;

describe('a scorer in production', () => {
  it('takes a new deployment up without losing a document, and tells none twice by one model, over a restart too', async () => {
    let scorer = start();
    await until('the scorer has started', async () => (await auditCount('scorer-started')) === 1);
    const sources: string[] = [];
    const bring = async (count: number) => {
      for (let i = 0; i < count; i += 1) {
        const source = `172.20.${sources.length >> 8}.${sources.length & 255}`;
        sources.push(source);
        await write(source);
      }
    };
    await bring(20);
    site.setTime(new Date().toISOString());
    const deploying = deploy(second, ['lena']);
    await bring(20);
    await deploying;
    await until('an alert of deployment 2', async () => {
      await bring(1);
      return (await alerts()).some(({ ot_anomaly }) => ot_anomaly.model.deployment === 2);
    });
    const atSwitch = sources.length;
    await scorer.stop();
    await bring(10);
    scorer = start();
    await bring(10);
    const toldSources = async () => new Set((await alerts()).map(({ source }) => source.ip));
    await until('every source is told', async () => (await toldSources()).size >= sources.length);
    await scorer.stop();
    const told = await alerts();
    expect([...(await toldSources())].sort()).toEqual([...sources].sort());
    const byModel = told.map(
      ({ source, ot_anomaly }) => `${source.ip} ${ot_anomaly.group.kind} ${ot_anomaly.model.sha256}`,
    );
    expect(byModel.filter((pair, i) => byModel.indexOf(pair) !== i)).toEqual([]);
    // What waited behind the watermark is looked at by both; what came after the switch by the second alone.
    const byFirst = told.filter(({ ot_anomaly }) => ot_anomaly.model.sha256 === first);
    const afterSwitch = new Set(sources.slice(atSwitch));
    expect(afterSwitch.size).toBe(20);
    expect(byFirst.filter(({ source }) => afterSwitch.has(source.ip))).toEqual([]);
    expect(new Set(told.map(({ ot_anomaly: { model } }) => `${model.deployment} ${model.sha256}`))).toEqual(
      new Set([`1 ${first}`, `2 ${second}`]),
    );
    expect(told.some(({ ot_anomaly }) => ot_anomaly.model.lab)).toBe(false);
  }, 180_000);

  it('goes on with the last good model when the newest doesn’t verify, says so, and takes it up once it does', async () => {
    const path = join(site.context.files.folder, second, 'model.json');
    const bytes = readFileSync(path);
    writeFileSync(path, readFileSync(join(site.context.files.folder, first, 'model.json')));
    const scorer = start();
    const toldBy = async (model: string, network: string) => {
      await until(`an alert of ${model.slice(0, 12)}`, async () => {
        await write(`${network}.${Math.trunc(performance.now() / 50) & 255}`);
        return (await alerts()).some(
          ({ source, ot_anomaly }) =>
            source.ip.startsWith(`${network}.`) && ot_anomaly.model.sha256 === model,
        );
      });
    };
    await toldBy(first, '172.21.0');
    expect(await auditCount('deployment-unverified')).toBe(1);
    const { hits } = await site.admin.search<{ ot_anomaly: { audit: { reasons: string[] } } }>({
      index: `logs-ot_anomaly.audit-${site.namespace}`,
      query: { term: { 'event.action': 'deployment-unverified' } },
    });
    expect(hits.hits[0]?._source?.ot_anomaly.audit.reasons.join()).toMatch(
      /deployment 2: .*expected SHA-256/,
    );
    const rule = searchedRule('deployment-unverified');
    const arrivals = { from: 'now-1h', to: 'now' };
    expect(await runRule(site.admin, rule, site.namespace, arrivals)).toHaveLength(1);
    writeFileSync(path, bytes);
    await toldBy(second, '172.22.0');
    await scorer.stop();
  }, 120_000);
});

describe('reviews of what is in production', () => {
  const DAY_MS = 86_400_000;
  const reviews = (action: string) =>
    site.admin.search<{ ot_anomaly: { review: Record<string, unknown> } }>({
      index: `logs-ot_anomaly.review-${site.namespace}`,
      size: 100,
      query: { term: { 'event.action': action } },
      sort: ['event.ingested'],
    });

  it('are called for by assets that the model never saw, by new drifts and by missed incidents, once each', async () => {
    const { context, namespace } = site;
    const asset = { address: '10.9.9.9', name: 'a new gateway', type: 'gateway' };
    const known = { address: '10.0.0.2', name: 'a PLC of the baseline', type: 'plc' };
    await importAssets(site.client('inventory'), namespace, [asset, known], new Date());
    const chart = 'interval of 10.0.0.1 → 10.0.0.2:502';
    const drifts = { drifted: { chart }, 'no drift': { detector: 'novelty', chart: 'other' } };
    for (const [id, ot] of Object.entries(drifts))
      await site.client('scorer').create({
        index: `logs-ot_anomaly.anomaly-${namespace}`,
        id,
        document: alertDocument({ detector: 'drift', ...ot }),
        refresh: true,
      });
    const missed = { id: 'INC-1', state: 'open' as const, at: new Date().toISOString(), missed: true };
    await writeIncident(await site.account('anna'), namespace, missed, 'missed', new Date());
    site.setTime(new Date().toISOString());
    expect(await scanReviews(context)).toEqual([
      { trigger: 'reconfiguration', subject: '10.9.9.9' },
      { trigger: 'false_negative', subject: 'INC-1' },
      { trigger: 'input_drift', subject: chart },
    ]);
    expect(await scanReviews(context)).toEqual([]);
  });

  it('are told of once they are overdue, whatever due date a part claims, and counted', async () => {
    const { context } = site;
    const opened = context.now().getTime();
    expect(await tellOverdue(context)).toMatchObject({ open: 3, overdue: 0 });
    const late = {
      id: 'taint:x',
      trigger: 'taint',
      subject: 'x',
      state: 'open',
      due: '2099-01-01T00:00:00Z',
    };
    await site.client('registry').create({
      index: `logs-ot_anomaly.review-${site.namespace}`,
      id: 'claims a late date',
      document: { '@timestamp': context.now(), ot_anomaly: { review: late } },
      refresh: true,
    });
    site.setTime(new Date(opened + 3 * DAY_MS).toISOString());
    for (let i = 0; i < 2; i++) expect(await tellOverdue(context)).toMatchObject({ open: 4, overdue: 3 });
    const { hits } = await reviews('review-overdue');
    expect(hits.hits.map(({ _source }) => _source?.ot_anomaly.review['trigger']).sort()).toEqual([
      'false_negative',
      'reconfiguration',
      'taint',
    ]);
    const counted = (await reviews('reviews-counted')).hits.hits.map(
      ({ _source }) => _source?.ot_anomaly.review,
    );
    expect(counted[0]).toMatchObject({ open: 3, overdue: 0 });
    expect(counted.at(-1)).toMatchObject({ open: 4, overdue: 3 });
    site.setTime(new Date(opened).toISOString());
  });

  it('are scanned for by "review scan --every", with metrics, until it is told to stop', async () => {
    writeFileSync(join(site.folder, 'keys.json'), JSON.stringify({ version: 1, keys: site.keys }), {
      mode: 0o600,
    });
    const port = 20_000 + (process.pid % 20_000);
    const line = `review scan --every 60 --status-port ${port} --models ${site.context.files.folder}`;
    const child = spawn(process.execPath, [packagePath('dist/cli.js'), ...line.split(' ')], {
      env: {
        PATH: process.env['PATH'],
        ES_URL: testElasticsearch().url,
        OT_ANOMALY_NAMESPACE: site.namespace,
        OT_ANOMALY_KEYS_FILE: join(site.folder, 'keys.json'),
        OT_ANOMALY_TRUST_FOLDER: join(site.folder, 'pinned'),
      },
    });
    const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    let said = '';
    for (const output of [child.stdout, child.stderr])
      output.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    try {
      await until(
        'the first scan is told',
        async () => /reviews opened/.test(said) || child.exitCode !== null,
      );
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(metrics, said).toMatch(/^ot_anomaly_reviews_open 4$/m);
      expect(metrics).toMatch(/^ot_anomaly_reviews_overdue 0$/m);
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    } finally {
      child.kill('SIGTERM');
    }
    expect([0, 130], said).toContain(await ended);
  }, 120_000);
});
