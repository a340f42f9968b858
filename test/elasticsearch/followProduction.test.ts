import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followProduction } from '../../src/app/followProduction.js';
import { DocumentMaker, streamOf } from '../../src/ingest/sourceDocument.js';
import { productionModel } from '../../src/registry/productionModel.js';
import { searchedRule } from '../fixtures/detectionRules.js';
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
