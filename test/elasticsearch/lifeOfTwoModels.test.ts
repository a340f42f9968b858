import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GateReport } from '../../src/adversarial/result.js';
import { reasonsAgainst } from '../../src/adversarial/verdict.js';
import { gateJson, gateModel } from '../../src/app/gateModel.js';
import { attestStaging } from '../../src/app/governance/attestStaging.js';
import { deployModel } from '../../src/app/governance/deployModel.js';
import { retrainModel } from '../../src/app/governance/retrainModel.js';
import { rollBack } from '../../src/app/governance/rollBack.js';
import { attestGate, stageModel } from '../../src/app/governance/stageModel.js';
import { scoreWindow } from '../../src/app/scoreWindow.js';
import { trainModel } from '../../src/app/trainModel.js';
import { verifyAudit } from '../../src/app/verifyAudit.js';
import { noCounts, writeHeartbeat } from '../../src/elasticsearch/heartbeat.js';
import { writeIncident } from '../../src/elasticsearch/incidents.js';
import { finishReview, readReviews } from '../../src/elasticsearch/reviews.js';
import { sourceRows } from '../../src/elasticsearch/shadowCounts.js';
import type { RetrainContent } from '../../src/governance/approval/request.js';
import { LOG_FIELDS } from '../../src/governance/policy/retrainingPolicy.js';
import { FOREST_DEFAULTS } from '../../src/model/training/train.js';
import { loadProfile } from '../../src/profiles/load.js';
import { OWN_PROFILE } from '../../src/profiles/modelProfile.js';
import { productionModel } from '../../src/registry/productionModel.js';
import { loadModel } from '../../src/registry/store.js';
import { type GovernedSite, governedSite, MOVED_CLOCK } from './governedSite.js';
import { bringTraffic, DAY, smallPlant } from './simulated.js';

/** Simulated traffic: January for the first model, its first days after for staging, and days for the second's. */
const plant = smallPlant();
/** The laptop of the incident. */
const INTRUDER = '10.37.20.152';
const FROM = Date.parse('2026-01-01T00:00:00Z') / 1000;
/** Set: the article's test with all its 7,200 polls an hour; else with 12, all else being the whole gate. */
const WHOLE_GATE = 'OT_ANOMALY_WHOLE_GATE';
const training = { ...FOREST_DEFAULTS, trees: 20, rowsPerKey: 1_000 };

let site: GovernedSite;
beforeAll(async () => {
  site = await governedSite('2026-02-01T10:00:00Z');
  const ingest = site.client('ingest');
  const { namespace } = site;
  const scenarios = [{ name: 'new-source' as const, at: FROM + 32 * DAY + 36_000 }];
  await bringTraffic(ingest, { plant, from: FROM, days: 35, namespace, scenarios });
  await bringTraffic(ingest, { plant, from: FROM + 43 * DAY, days: 4, namespace, sensor: 'later' });
}, 400_000);
afterAll(() => site?.close());

const window = (from: string, to: string, previous: string | null): RetrainContent => ({
  kind: 'retrain',
  namespace: site.namespace,
  index: site.index,
  profile: { name: OWN_PROFILE.name, sha256: OWN_PROFILE.sha256 },
  from,
  to,
  previous_model_sha256: previous,
});

const retrain = (requestSha256: string) =>
  retrainModel({
    context: site.context,
    trainer: site.client('trainer'),
    requestSha256,
    profile: loadProfile(),
    signer: site.people.signers.trainer,
    training,
  });

async function trained(requestSha256: string): Promise<string> {
  const result = await retrain(requestSha256);
  if ('refusals' in result) throw new Error(JSON.stringify(result.refusals));
  return result.model.sha256;
}

const codes = (result: object) =>
  'refusals' in result ? (result.refusals as { code: string }[]).map(({ code }) => code) : [];

const rows = () => ({ index: site.index, profile: loadProfile() });

/** The real gate, as `ot-anomaly gate` runs it, at the floors of the policy in force. */
async function runGate(sha256: string): Promise<GateReport> {
  const { namespace, index, context, people } = site;
  const { retraining, digests } = people.policies;
  return gateModel({
    client: site.client('trainer'),
    index,
    profile: loadProfile(),
    namespace,
    model: loadModel(context.files.folder, sha256),
    floors: retraining.adversarial_gate,
    policySha256: digests.retraining_policy,
    seed: 3,
    ...(process.env[WHOLE_GATE] === undefined ? { pollsAnHour: 12 } : {}),
    now: context.now,
    newId: context.newId,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
}

/** Signs this result of the gate. */
async function attest(model: string, gateJson: string): Promise<void> {
  await site.context.files.writeBeside(model, 'gate.json', gateJson);
  await attestGate(site.context, model, site.people.signers.trainer);
}

/** A day's heartbeats, as a scorer of this model writes them, under the scorer's own key. */
async function beat(model: string, day: string, scored: number): Promise<void> {
  const counts = { ...noCounts(), read: scored, scored, name: 'test', model_sha256: model };
  await writeHeartbeat(
    site.client('scorer'),
    site.namespace,
    counts,
    site.context.newId(),
    new Date(day),
    true,
  );
}

const production = () =>
  productionModel(site.context.files, site.context.pinned, site.namespace, site.context.now());

describe('the whole life of two models', () => {
  let first: string;
  let second: string;
  let refusedRetrain: string;

  it('trains the first after an approval, and not without one', async () => {
    const content = window('2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z', null);
    const unapproved = await site.approve(content, 'anna', []);
    await expect(retrain(unapproved)).rejects.toMatchObject({ code: 'refused' });
    site.setTime('2026-02-01T10:01:00Z');
    const granted = await site.approve(content, 'anna', ['lena']);
    first = await trained(granted);
    expect(site.context.files.readBeside(first, 'training-review.md')).toContain('Before you approve model');
    expect(codes(await retrain(granted))).toEqual(['used']);
  });

  it('writes every field of the retrain log before the model is there, with the dataset’s digest', () => {
    const lines = readFileSync(site.retrainLog, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((line) => Object.keys(line))).toEqual(lines.map(() => [...LOG_FIELDS]));
    expect(lines.map(({ new_model_sha256 }) => new_model_sha256)).toEqual([null, first]);
    expect(lines[1]).toMatchObject({
      requested_by: 'anna',
      approved_by: 'lena',
      training_dataset_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('refuses to stage a lab model, or one whose gate failed; stages it once the gate passed', async () => {
    const { namespace, index, context, people } = site;
    const lab = await trainModel({
      client: site.client('trainer'),
      index,
      namespace,
      folder: context.files.folder,
      training: { ...training, seed: 7, from: FROM, to: FROM + 31 * DAY, acceptShortBaseline: false },
      progress: () => {},
      now: context.now,
      newId: context.newId,
    });
    if ('refusal' in lab) throw new Error('refused');
    await expect(stageModel(context, lab.sha256, people.signers.trainer)).rejects.toThrow('lab_model');
    await expect(attestGate(context, first, people.signers.trainer)).rejects.toThrow('no gate.json');
    const report = await runGate(first);
    expect(report.reasons).toEqual([]);
    // The same figures at a tighter floor: what the gate then writes.
    const floors = { ...report.floors, drift_strict_rate: 1 };
    const reasons = reasonsAgainst({ ...report, floors });
    expect(reasons).toEqual([expect.stringMatching(/drift: .* of the drifting polls were found, 100/)]);
    const { retraining_policy } = people.policies.digests;
    const passed = context.files.readBeside(first, 'gate.json') ?? '';
    await attest(first, gateJson({ ...report, floors, passed: false, reasons }, retraining_policy));
    await expect(stageModel(context, first, people.signers.trainer)).rejects.toThrow('gate_failed');
    const otherFloors = gateJson({ ...report, floors }, '0'.repeat(64));
    await expect(attest(first, otherFloors)).rejects.toThrow('another retraining policy');
    const another = gateJson({ ...report, modelSha256: lab.sha256 }, retraining_policy);
    await expect(attest(first, another)).rejects.toThrow(`the result of model ${lab.sha256.slice(0, 12)}`);
    await expect(attest(first, '{"passed":true,"reasons":[]}')).rejects.toThrow('modelSha256');
    await attest(first, passed);
    site.setTime('2026-02-01T12:00:00Z');
    await stageModel(context, first, people.signers.trainer);
  });

  it('refuses to deploy it before three days of evidence, then deploys it on two signatures', async () => {
    const early = await site.deploy(first, 'axel', ['lena', 'emma']);
    expect(codes(early)).toEqual(['not_staged']);
    site.setTime('2026-02-03T12:00:00Z');
    await attestStaging(site.context, first, rows(), site.people.signers.trainer);
    expect(codes(await site.deploy(first, 'axel', ['lena', 'emma']))).toEqual([
      'staging_too_short',
      'shadow_incomplete',
    ]);
    site.setTime('2026-02-04T12:00:00Z');
    for (const day of ['2026-02-01T12:00:00Z', '2026-02-02T12:00:00Z', '2026-02-03T12:00:00Z']) {
      const start = new Date(day);
      const rows = await sourceRows(
        site.context.client,
        site.index,
        loadProfile(),
        start,
        new Date(start.getTime() + DAY * 1000),
      );
      expect(rows).toBeGreaterThan(100);
      await beat(first, day, rows);
    }
    await attestStaging(site.context, first, rows(), site.people.signers.trainer);
    const deployed = await site.deploy(first, 'axel', ['lena', 'emma']);
    expect(deployed).toMatchObject({ deployed: { sequence: 1, modelSha256: first, alertLine: -0.15 } });
    expect(production()).toMatchObject({ sequence: 1, alertLine: -0.15, problems: [] });
    expect(codes(await deployModel(site.context, deployed.request))).toContain('not_signed');
  });

  it('moves the threshold by two people of two roles, and not by one', async () => {
    site.setTime('2026-02-05T09:00:00Z');
    const alone = await site.deploy(first, 'anna', ['lena'], { alertLine: -0.2 });
    expect(codes(alone)).toEqual(['not_signed']);
    expect(production().alertLine).toBe(-0.15);
    site.setTime('2026-02-05T09:30:00Z');
    expect(await site.deploy(first, 'anna', ['lena', 'emma'], { alertLine: -0.2 })).toMatchObject({
      deployed: { sequence: 2, alertLine: -0.2 },
    });
    expect(production()).toMatchObject({ sequence: 2, alertLine: -0.2 });
  });

  it('refuses a retrain while an incident is open, in its time, and with alerts that nobody decided on', async () => {
    const { context, namespace } = site;
    const scored = await scoreWindow({
      client: site.client('scorer'),
      index: site.index,
      namespace,
      model: loadModel(context.files.folder, first),
      from: FROM + 32 * DAY,
      to: FROM + 33 * DAY,
      pageSize: 1_000,
      now: context.now,
      newId: context.newId,
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    expect(scored.created).toBeGreaterThan(0);
    site.setTime('2026-02-10T08:00:00Z');
    const anna = await site.account('anna');
    const event = {
      id: 'INC-1',
      state: 'open' as const,
      at: context.now().toISOString(),
      suspected_from: '2026-02-02T00:00:00Z',
    };
    await writeIncident(anna, namespace, event, 'inc-open', context.now());
    refusedRetrain = await site.approve(
      window('2026-01-03T00:00:00.000Z', '2026-02-04T00:00:00.000Z', first),
      'anna',
      ['liam'],
    );
    expect(codes(await retrain(refusedRetrain))).toEqual([
      'active_incident_open',
      'post_incident_window',
      'unreviewed_anomaly_cluster',
    ]);
  });

  it('trains the second after the incident’s end, each alert decided, and the data reviewed by hand', async () => {
    const { context, namespace, admin } = site;
    site.setTime('2026-02-12T08:00:00Z');
    const anna = await site.account('anna');
    await writeIncident(
      anna,
      namespace,
      { id: 'INC-1', state: 'closed', at: context.now().toISOString() },
      'inc-close',
      context.now(),
    );
    expect(codes(await retrain(refusedRetrain))).toEqual([
      'post_incident_window',
      'unreviewed_anomaly_cluster',
    ]);
    const found = await admin.search({
      index: `logs-ot_anomaly.anomaly-${namespace}`,
      size: 100,
      query: { term: { 'event.kind': 'alert' } },
    });
    expect(found.hits.hits.length).toBeGreaterThan(0);
    for (const { _id: id } of found.hits.hits) {
      const decision = { action: 'true_positive', justification: 'the laptop that INC-1 is about' };
      await anna.create({
        index: `logs-ot_anomaly.decision-${namespace}`,
        id: `decision-${id}`,
        document: { '@timestamp': context.now(), ot_anomaly: { alert: { id }, decision } },
        refresh: true,
      });
    }
    expect(codes(await retrain(refusedRetrain))).toEqual(['post_incident_window']);
    await site.approve(
      {
        kind: 'data-review',
        namespace,
        from: '2026-01-03T00:00:00.000Z',
        to: '2026-02-04T00:00:00.000Z',
        incidents: ['INC-1'],
        finding: 'all relations of the laptop were looked at, nothing else of it is in the window',
      },
      'anna',
      ['liam'],
    );
    const result = await retrain(refusedRetrain);
    if ('refusals' in result) throw new Error(JSON.stringify(result.refusals));
    second = result.model.sha256;
    expect(result.training).toMatchObject({ incidents_in_window: ['INC-1'], previous_model_sha256: first });
    expect(result.training.excluded_documents).toBeGreaterThan(0);
    const sources = Object.keys(result.model.model.baseline.structure.source);
    expect(sources.length).toBeGreaterThan(0);
    // Its alert's group wrote documents of some of its rows and counted the others: none of them was learnt.
    expect(sources.filter((key) => key.includes(INTRUDER))).toEqual([]);
    expect(result.training.training_audit_sequence).toBeGreaterThan(result.training.approval_audit_sequence);
  });

  it('stages it beside the first, compares both on the same days, and deploys it on one lead’s signature', async () => {
    site.setTime('2026-02-13T00:00:00Z');
    expect((await runGate(second)).reasons).toEqual([]);
    await attestGate(site.context, second, site.people.signers.trainer);
    await stageModel(site.context, second, site.people.signers.trainer);
    for (const day of ['2026-02-13', '2026-02-14', '2026-02-15']) {
      await beat(first, `${day}T06:00:00Z`, 1_000);
      await beat(second, `${day}T06:00:00Z`, 1_000);
    }
    site.setTime('2026-02-16T01:00:00Z');
    const evidence = await attestStaging(site.context, second, rows(), site.people.signers.trainer);
    expect(evidence.days).toEqual(
      ['2026-02-13', '2026-02-14', '2026-02-15'].map((day) => ({ day, shadow: 1_000, production: 1_000 })),
    );
    const comparison = JSON.parse(site.context.files.readBeside(second, 'comparison.json') ?? '') as {
      rows: number;
    };
    expect(comparison.rows).toBeGreaterThan(100);
    expect(await site.deploy(second, 'anna', ['liam'])).toMatchObject({
      deployed: { sequence: 3, alertLine: -0.2 },
    });
    expect(production().loaded.sha256).toBe(second);
  });

  it('goes back to the first by one person alone, loudly', async () => {
    site.setTime('2026-02-17T03:00:00Z');
    await rollBack(site.context, site.people.signers.eric, 'alerts on every poll of line 3 since midnight');
    expect(production()).toMatchObject({ sequence: 4, alertLine: -0.2, problems: [] });
    expect(production().loaded.sha256).toBe(first);
    const { hits } = await site.admin.search<{ message: string }>({
      index: `logs-ot_anomaly.audit-${site.namespace}`,
      query: { term: { 'event.action': 'model-rolled-back' } },
    });
    expect(hits.hits[0]?._source?.message).toMatch(/^ROLLBACK by eric from model .* alerts on every poll/);
    await expect(rollBack(site.context, site.people.signers.eric, 'further')).rejects.toMatchObject({
      code: 'refused',
    });
  });

  it('leaves reviews to do, deployments to look at, and an audit chain without a flaw', async () => {
    const { admin, namespace, context } = site;
    const reviews = await readReviews(context.client, namespace);
    expect(reviews.map(({ trigger, doneAt }) => [trigger, doneAt])).toEqual([
      ['retrain', undefined],
      ['retrain', undefined],
    ]);
    const [review] = reviews;
    if (review === undefined) throw new Error('no review');
    await finishReview(
      await site.account('anna'),
      namespace,
      review,
      'looked at the card and the gate',
      context.now(),
    );
    expect((await readReviews(context.client, namespace))[0]?.doneAt).toBe('2026-02-17T03:00:00.000Z');
    const { hits } = await admin.search<{ event: { action: string } }>({
      index: `logs-ot_anomaly.deployment-${namespace}`,
      size: 20,
      sort: ['@timestamp'],
    });
    expect(hits.hits.map(({ _source }) => _source?.event.action)).toEqual([
      'model-staged',
      'model-deployed',
      'threshold-changed',
      'model-staged',
      'model-deployed',
      'model-rolled-back',
    ]);
    const report = await verifyAudit(context.client, namespace, site.anchorFile, MOVED_CLOCK);
    // Training and scoring wrote records too, without this test's anchor.
    expect(report.problems).toEqual([]);
    expect(report.anchored).toBeGreaterThan(20);
  });

  it('falls back to the last good model, saying so, when the newest deployment was tampered with', async () => {
    const path = join(site.context.files.folder, 'deployments', '000004.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"payload": "..../, '"payload": "AAAA'));
    const found = production();
    expect(found.loaded.sha256).toBe(first);
    expect(found.problems.join()).toMatch(/deployment 4/);
    writeFileSync(path, text);
    expect(production().problems).toEqual([]);
  });
});
