import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, errors } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { submit } from '../../src/app/governance/approvals.js';
import { deployModel } from '../../src/app/governance/deployModel.js';
import { deploymentContent } from '../../src/app/governance/deploymentContent.js';
import { newAssetLists } from '../../src/app/governance/newAssetLists.js';
import { rollBack } from '../../src/app/governance/rollBack.js';
import { verifyAudit } from '../../src/app/verifyAudit.js';
import { writeAudit } from '../../src/elasticsearch/auditLog.js';
import { readIncidents, writeIncident } from '../../src/elasticsearch/incidents.js';
import { newAssetAlerts } from '../../src/elasticsearch/newAssetAlerts.js';
import { approve } from '../../src/governance/approval/approval.js';
import { contentSchema } from '../../src/governance/approval/request.js';
import { PREDICATE } from '../../src/governance/model/statements.js';
import { checkDocument } from '../../src/governance/parseDocument.js';
import { signStatement } from '../../src/governance/signing/statement.js';
import { Pinned } from '../../src/registry/pinned.js';
import { productionModel } from '../../src/registry/productionModel.js';
import { roles } from '../../src/setup/assets.js';
import { partOf } from '../../src/setup/parts.js';
import { alertDocument, reading } from '../fixtures/alerts.js';
import { approvalOf, newSigner, request } from '../fixtures/people.js';
import { type GovernedSite, governedSite, MOVED_CLOCK } from './governedSite.js';
import { signedModel } from './signedModel.js';

/**
 * An intruder who holds every key of every AI part, the programs' signing key among them, and can write to the
 * registry's folder; at the end, an Elasticsearch administrator. Each attempt leaves the line that shows it.
 */
const PARTS = roles()
  .filter(({ service_user }) => service_user)
  .map(partOf);

let site: GovernedSite;
let good: string;
let better: string;
let failed: string;
let firstRequest: string;
const lines: string[] = [];
/** what verify says of the record that was backdated, from then on */
let backdated: string;

beforeAll(async () => {
  site = await governedSite('2026-02-05T10:00:00Z');
  good = await signedModel(site, 1);
  better = await signedModel(site, 2);
  failed = await signedModel(site, 3, false);
  const first = await site.deploy(good, 'anna', ['lena', 'emma']);
  if ('refusals' in first) throw new Error(JSON.stringify(first.refusals));
  firstRequest = first.request;
  site.setTime('2026-02-06T10:00:00Z');
  const second = await site.deploy(better, 'anna', ['lena']);
  if ('refusals' in second) throw new Error(JSON.stringify(second.refusals));
  const alert = {
    '@timestamp': '2026-02-06T10:00:00Z',
    message: 'alert',
    event: { kind: 'alert', severity: 73 },
  };
  await site
    .client('scorer')
    .create({ index: stream('anomaly'), id: 'alert', document: alert, refresh: true });
}, 300_000);
afterAll(async () => {
  process.stdout.write(`${lines.join('\n')}\n`);
  await site?.close();
});

const stream = (name: string) => `logs-ot_anomaly.${name}-${site.namespace}`;
const production = () =>
  productionModel(site.context.files, site.context.pinned, site.namespace, site.context.now());

/** What verify finds, with the heads that were kept outside. */
async function auditProblems(): Promise<readonly string[]> {
  const { context, namespace, anchorFile } = site;
  const { problems } = await verifyAudit(context.client, namespace, anchorFile, MOVED_CLOCK);
  return problems.map(({ message }) => message);
}

/** Every AI key tries; each must be refused, and the line says how. */
async function eachKeyIsRefused(
  what: string,
  attempt: (client: Client) => Promise<unknown>,
  refusals = / (403|400)$/,
): Promise<void> {
  for (const part of PARTS) {
    const status = await attempt(site.client(part)).then(
      () => 'DONE',
      (error: unknown) => (error instanceof errors.ResponseError ? String(error.statusCode) : String(error)),
    );
    lines.push(`${what} with the key of ${part}: ${status}`);
    expect(`${what} ${part} ${status}`).toMatch(refusals);
  }
}

const inRegistry = (...path: string[]) => readFileSync(join(site.context.files.folder, ...path), 'utf8');

/** Runs `act` while a file of the registry says something else. */
function withChanged<T>(path: string, change: (text: string) => string, act: () => T): T {
  const full = join(site.context.files.folder, path);
  const text = readFileSync(full, 'utf8');
  expect(change(text)).not.toBe(text);
  writeFileSync(full, change(text));
  try {
    return act();
  } finally {
    writeFileSync(full, text);
  }
}

/** What verify finds. */
function isFound(what: string, line: string, pattern: RegExp): void {
  lines.push(`${what}: ${line}`);
  expect(line).toMatch(pattern);
}

async function refusal(what: string, attempt: Promise<unknown>, pattern: RegExp): Promise<void> {
  const line = await attempt.then(
    () => 'DONE',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  isFound(what, line, pattern);
}

describe('with every AI key, in Elasticsearch', () => {
  it('closes, suppresses, relabels or deletes no alert', async () => {
    const backing = Object.keys(await site.admin.indices.get({ index: stream('anomaly') }))[0] ?? '';
    const label = { event: { severity: 1 } };
    await eachKeyIsRefused('close', (client) =>
      client.update({ index: backing, id: 'alert', doc: { event: { kind: 'event' } } }),
    );
    await eachKeyIsRefused('suppress by closing the index', (client) =>
      client.indices.close({ index: backing }),
    );
    await eachKeyIsRefused('suppress by a template', (client) =>
      client.indices.putIndexTemplate({
        name: 'logs-ot_anomaly.anomaly',
        index_patterns: ['logs-ot_anomaly.*'],
      }),
    );
    await eachKeyIsRefused('suppress by hiding fields', (client) =>
      client.indices.putMapping({ index: stream('anomaly'), properties: { hidden: { type: 'keyword' } } }),
    );
    await eachKeyIsRefused('suppress by blocking writes', (client) =>
      client.indices.addBlock({ index: backing, block: 'write' }),
    );
    await eachKeyIsRefused('suppress by more rights', (client) =>
      client.security.putRole({ name: 'ot_anomaly_analyst', cluster: ['all'] }),
    );
    await eachKeyIsRefused('suppress by a pipeline', (client) =>
      client.ingest.putPipeline({ id: 'ot_anomaly-ingested', processors: [{ drop: {} }] }),
    );
    await eachKeyIsRefused('relabel', (client) =>
      client.index({ index: backing, id: 'alert', document: label, if_seq_no: 0, if_primary_term: 1 }),
    );
    await eachKeyIsRefused(
      'relabel by the same id',
      (client) =>
        client.create({
          index: stream('anomaly'),
          id: 'alert',
          document: { '@timestamp': new Date(), ...label },
        }),
      / (403|409)$/, // what is there is not written again
    );
    await eachKeyIsRefused('relabel by query', (client) =>
      client.updateByQuery({ index: stream('anomaly'), query: { match_all: {} } }),
    );
    await eachKeyIsRefused('delete', (client) => client.delete({ index: backing, id: 'alert' }));
    await eachKeyIsRefused('delete by query', (client) =>
      client.deleteByQuery({ index: stream('anomaly'), query: { match_all: {} } }),
    );
    await eachKeyIsRefused('delete the index', (client) => client.indices.delete({ index: backing }));
    await eachKeyIsRefused('delete the stream', (client) =>
      client.indices.delete({ index: stream('anomaly') }),
    );
    const { hits } = await site.admin.search<{ event: { severity: number; kind: string } }>({
      index: stream('anomaly'),
      query: { ids: { values: ['alert'] } },
    });
    expect(hits.hits.map(({ _source }) => _source?.event)).toMatchObject([{ severity: 73, kind: 'alert' }]);
  });

  it('backdates nothing: Elasticsearch stamps when it came', async () => {
    const old = {
      '@timestamp': '2020-01-01T00:00:00Z',
      event: { kind: 'alert', ingested: '2020-01-01T00:00:00Z' },
      'event.ingested': '2020-01-01T00:00:00Z',
    };
    await site
      .client('scorer')
      .create({ index: stream('anomaly'), id: 'backdated', document: old, pipeline: '_none', refresh: true });
    const { hits } = await site.admin.search<{ event: { ingested: string } }>({
      index: stream('anomaly'),
      query: { ids: { values: ['backdated'] } },
    });
    const ingested = hits.hits[0]?._source?.event.ingested ?? '';
    isFound('backdate', `an alert that claims 2020 is stamped ${ingested.slice(0, 10)}`, /stamped (?!2020)/);
  });

  it('backdates no audit record unseen', async () => {
    const { context, namespace } = site;
    expect(await auditProblems()).toEqual([]);
    const record = { part: 'scorer', action: 'model-deployed', message: 'long ago' };
    const { sequence } = await writeAudit(
      site.client('scorer'),
      namespace,
      record,
      'old',
      new Date('2020-01-01'),
      context.anchor,
    );
    const found = new RegExp(
      `^record ${sequence} says it is of 2020-01-01.*, before record ${sequence - 1} of`,
    );
    const lines = await auditProblems();
    isFound('backdate an audit record', lines.join('; '), found);
    expect(lines).toHaveLength(1);
    // This test's clock is moved; with an honest one, the stamp alone shows it.
    const { problems } = await verifyAudit(context.client, namespace, site.anchorFile);
    expect(problems.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(`^record ${sequence} says it is of 2020-01-01.*, Elasticsearch took it at`),
    );
    backdated = lines[0] ?? '';
  });

  it('forges no decision, closes no incident, finishes no review', async () => {
    const document = {
      '@timestamp': new Date(),
      user: { name: 'lena' },
      ot_anomaly: { alert: { id: 'alert' }, decision: { action: 'dismiss' } },
    };
    const anna = await site.account('anna');
    await anna.create({ index: stream('decision'), id: 'as-lena', document, refresh: true });
    const { hits } = await site.admin.search<{ user: { name: string } }>({
      index: stream('decision'),
      query: { ids: { values: ['as-lena'] } },
    });
    const author = hits.hits[0]?._source?.user.name ?? '';
    isFound('forge a colleague’s decision', `Elasticsearch stamped ${author}`, /stamped anna-/);
    for (const name of ['decision', 'incident']) {
      await eachKeyIsRefused(`forge in ${name}`, (client) =>
        client.create({ index: stream(name), id: 'forged', document }),
      );
    }
    const event = { id: 'INC-9', state: 'open' as const, at: '2026-02-06T00:00:00Z' };
    const person = anna;
    await writeIncident(person, site.namespace, event, 'inc', new Date());
    expect(
      (await readIncidents(site.context.client, site.namespace)).map(({ closedAt }) => closedAt),
    ).toEqual([undefined]);
    await writeIncident(
      person,
      site.namespace,
      { ...event, state: 'closed', at: '2026-02-06T01:00:00Z' },
      'inc-close',
      new Date(),
    );
  });
});

describe('with the programs’ signing key and the registry’s folder', () => {
  const content = () =>
    deploymentContent(site.context, good, { withRollback: true, structureOnly: false, alertLine: -0.4 });

  it('forges no approval: not with the programs’ key, nor a new one, nor by another’s hand', async () => {
    const asked = await request(
      site.people,
      'anna',
      'change detection threshold',
      content().content,
      site.context.now(),
    );
    await submit(site.context, asked.envelope);
    for (const signer of [site.people.signers.trainer, newSigner()]) {
      const approval = {
        approver: 'lena',
        role: 'ot-security-lead',
        signed_at: site.context.now().toISOString(),
      };
      await refusal(
        'forge an approval',
        submit(site.context, await approve(asked.sha256, approval, signer)),
        /bad_signature/,
      );
    }
    const lena = await approvalOf(site.people, 'lena', asked.sha256, site.context.now());
    await submit(site.context, lena);
    const retold = Buffer.from(lena.payload, 'base64')
      .toString()
      .replace('"lena"', '"emma"')
      .replace('ot-security-lead', 'ot-engineering-lead');
    await refusal(
      'one signature told twice',
      submit(site.context, { ...lena, payload: Buffer.from(retold).toString('base64') }),
      /bad_signature/,
    );
    const backdated = await approvalOf(
      site.people,
      'emma',
      asked.sha256,
      new Date(site.context.now().getTime() - 1_000),
    );
    await refusal(
      'backdate an approval',
      submit(site.context, backdated),
      /before the request existed .*signed_before_request/,
    );
    const result = await deployModel(site.context, asked.sha256);
    isFound('deploy on one signature', JSON.stringify(result), /not_signed.*1 of 2 approvals/);
    expect(production().alertLine).toBe(-0.15);
  });

  it('swaps no model file, gate result or statement unseen', () => {
    const swap = (name: string, pattern: RegExp, change: (text: string) => string) =>
      withChanged(join(better, name), change, () => {
        const { problems, loaded } = production();
        isFound(`swap ${name}`, problems.join('; '), pattern);
        return loaded.sha256;
      });
    expect(swap('model.json', /expected SHA-256/, () => inRegistry(good, 'model.json'))).toBe(good);
    swap('gate.json', /gate\.json is not the file that was signed/, (text) => text.replace('true', 'true '));
    swap('training.dsse.json', /not the one that was signed for/, () =>
      inRegistry(good, 'training.dsse.json'),
    );
    expect(production()).toMatchObject({ sequence: 2, problems: [] });
  });

  it('edits no threshold: the line is inside what people signed', () => {
    const newest = join('deployments', '000002.json');
    const edit = (change: (payload: string) => string) => (text: string) => {
      const record = JSON.parse(text) as { request: { payload: string } };
      const payload = change(Buffer.from(record.request.payload, 'base64').toString());
      const request = { ...record.request, payload: Buffer.from(payload).toString('base64') };
      return JSON.stringify({ ...record, request });
    };
    const lower = edit((payload) => payload.replace('"alert_line":-0.15', '"alert_line":-0.45'));
    withChanged(newest, lower, () => {
      const { alertLine, problems } = production();
      const line = problems.join('; ');
      isFound('edit the threshold', line, /deployment 2: another one of this number was in force/);
      expect(alertLine).toBe(-0.15);
      isFound('edit it, on a host that saw no other', onAnotherHost(), /signed as "retrain model", but is/);
    });
    const lowerAsThreshold = edit((payload) =>
      payload
        .replace('"alert_line":-0.15', '"alert_line":-0.45')
        .replace('"action":"retrain model"', '"action":"change detection threshold"'),
    );
    withChanged(newest, lowerAsThreshold, () =>
      isFound('edit it and its name', onAnotherHost(), /requester_unknown.*too_few.*other_content/),
    );
  });

  /** A host that has pinned the root and has accepted nothing yet. */
  function onAnotherHost(): string {
    const pinned = new Pinned(join(site.folder, `host-${Math.trunc(performance.now())}`));
    pinned.pin(
      JSON.parse(readFileSync(join(site.folder, 'pinned', 'root.dsse.json'), 'utf8')),
      site.context.now(),
    );
    try {
      return productionModel(site.context.files, pinned, site.namespace, site.context.now()).problems.join(
        '; ',
      );
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  it('replays no old approval, and puts no older state back', async () => {
    isFound(
      'replay a used approval',
      JSON.stringify(await deployModel(site.context, firstRequest)),
      /not_signed/,
    );
    await refusal(
      'submit a used request again',
      submit(site.context, site.context.files.readRequest(firstRequest).request),
      /used/,
    );
    const before = () => inRegistry('deployments', '000001.json');
    withChanged(join('deployments', '000002.json'), before, () => {
      isFound(
        'put the deployment before in its place',
        production().problems.join('; '),
        /deployment 2: another one of this number was in force/,
      );
      expect(production().loaded.sha256).toBe(better);
    });
  });

  it('goes back to no model that failed, and to none that people had not signed', async () => {
    await expect(rollBack(site.context, newSigner(), 'mine')).rejects.toThrow(/no valid signature/);
    const current = production();
    const forged = {
      namespace: site.namespace,
      sequence: 3,
      of: current.deploymentSha256,
      model_sha256: failed,
      alert_line: -0.15,
      structure_only: false,
      person: 'eric',
      reason: 'forged',
      signed_at: site.context.now().toISOString(),
    };
    const statement = await signStatement(
      PREDICATE.rollback,
      [{ name: 'model.json', sha256: failed }],
      forged,
      site.people.signers.trainer,
    );
    await site.context.files.addDeployment(3, { kind: 'rollback', statement });
    isFound(
      'roll back to a failed model',
      production().problems.join('; '),
      /deployment 3: it goes back to something else than/,
    );
    expect(production().loaded.sha256).toBe(better);
    rmSync(join(site.context.files.folder, 'deployments', '000003.json'));
    site.setTime('2026-02-06T11:00:00Z');
    isFound(
      'deploy a failed model on real signatures',
      JSON.stringify(await site.deploy(failed, 'anna', ['lena'])),
      /gate_failed/,
    );
  });

  it('gets no failed model signed in advance as the one to go back to', async () => {
    site.setTime('2026-02-06T11:30:00Z');
    const { content } = deploymentContent(site.context, better, { withRollback: true, structureOnly: false });
    const rollback = { model_sha256: failed, alert_line: -0.15, structure_only: false };
    const digest = await site.approve({ ...content, alert_line: -0.16, rollback }, 'anna', ['lena', 'emma']);
    const result = JSON.stringify(await deployModel(site.context, digest));
    isFound('sign a rollback to a failed model', result, /rollback|go back/);
    expect(production()).toMatchObject({ sequence: 2, alertLine: -0.15 });
    const { request: asked, approvals } = site.context.files.readRequest(digest);
    await site.context.files.addDeployment(3, {
      kind: 'deployment',
      request: asked,
      approvals: [...approvals],
    });
    isFound(
      'put in force by hand what was refused',
      production().problems.join('; '),
      /deployment 3: the model to go back to: it has not passed the adversarial gate/,
    );
    expect(production()).toMatchObject({ sequence: 2, alertLine: -0.15 });
    rmSync(join(site.context.files.folder, 'deployments', '000003.json'));
  });

  it('moves no line by the one to go back to, which one person puts in force', async () => {
    const { content } = deploymentContent(site.context, better, { withRollback: true, structureOnly: false });
    const rollback = { model_sha256: good, alert_line: -0.49, structure_only: false };
    const digest = await site.approve({ ...content, rollback }, 'anna', ['lena']);
    const result = JSON.stringify(await deployModel(site.context, digest));
    isFound('hide a threshold in the rollback', result, /not_signed.*1 of 2 approvals/);
    expect(production()).toMatchObject({ sequence: 2, alertLine: -0.15 });
  });

  it.each<[what: string, place: (path: string) => void, name: string, pattern: RegExp]>([
    ['a file', (path) => writeFileSync(path, ''), 'deployments', /ENOTDIR/],
    ['a pipe', (path) => execFileSync('mkfifo', [path]), join('trust', 'trust.dsse.json'), /can't be read/],
    ['a folder', (path) => mkdirSync(path), join('trust', 'trust.dsse.json'), /can't be read/],
  ])('stops no scorer by %s in another’s place', (what, place, name, pattern) => {
    const path = join(site.context.files.folder, name);
    renameSync(path, `${path}.away`);
    try {
      place(path);
      const { sequence, problems } = production();
      isFound(`put ${what} in the place of ${name}`, problems.join('; '), pattern);
      expect(sequence).toBe(2);
    } finally {
      rmSync(path, { recursive: true });
      renameSync(`${path}.away`, path);
    }
    expect(production()).toMatchObject({ sequence: 2, problems: [] });
  });

  it('leaves no alert out of a view by a list of new assets that nobody signed, and never one that writes', async () => {
    const { context, people } = site;
    const now = context.now();
    const content = {
      kind: 'new-asset' as const,
      namespace: site.namespace,
      asset: '10.0.9.9',
      relations: ['10.0.9.9 -> 10.0.1.5:502'],
      until: new Date(now.getTime() + 24 * 3_600_000).toISOString(),
    };
    const scorer = site.client('scorer');
    const alert = (id: string, ot: object) =>
      scorer.create({ index: stream('anomaly'), id, document: alertDocument({ ...ot }), refresh: true });
    await alert('read', reading);
    await alert('write', {});
    await alert('scan', { ...reading, group: { kind: 'fan_out' } });
    const leftOut = async () => [
      ...(await newAssetAlerts(context.client, site.namespace, newAssetLists(context), new Date(0))),
    ];
    const own = newSigner();
    const asked = await request(people, 'anna', 'retrain model', content, now);
    await submit(context, asked.envelope);
    for (const signer of [people.signers.trainer, own]) {
      const forged = await approvalOf(people, 'lena', asked.sha256, now, 'ot-security-lead', signer);
      await context.files.writeApproval(asked.sha256, forged);
    }
    expect(newAssetLists(context)).toEqual([]);
    await refusal(
      'leave out another host’s relations',
      Promise.resolve().then(() =>
        checkDocument('list', { ...content, relations: ['10.0.0.1 -> 10.0.1.5:502'] }, contentSchema),
      ),
      /relations of the asset alone/,
    );
    const signed = await site.approve({ ...content, until: content.until }, 'axel', ['lena']);
    expect(newAssetLists(context)).toMatchObject([{ sha256: signed, signedBy: ['lena'] }]);
    isFound('hide by a signed list', (await leftOut()).join(), /^read$/);
    const file = join('requests', signed, 'request.dsse.json');
    withChanged(
      file,
      (text) => text.replace(/"payload": "..../, '"payload": "AAAA'),
      () => expect(newAssetLists(context)).toEqual([]),
    );
    site.setTime('2026-02-07T12:00:00Z');
    expect(await leftOut()).toEqual([]);
    const { count } = await site.admin.count({
      index: stream('anomaly'),
      query: { term: { 'event.kind': 'alert' } },
    });
    expect(count).toBeGreaterThanOrEqual(4);
  });

  it('changes no policy or approver without the root’s keys', () => {
    const own = newSigner().publicKey;
    const replaced = (text: string) => text.replace(site.people.signers.lena.publicKey, own);
    withChanged(join('trust', 'approvers.yaml'), replaced, () => {
      const { problems, loaded } = production();
      isFound(
        'put a key of one’s own among the approvers',
        problems.join('; '),
        /approvers changed without a signature/,
      );
      expect(loaded.sha256).toBe(better);
    });
  });
});

describe('as an Elasticsearch administrator', () => {
  it('rewrites no audit trail unseen', async () => {
    expect(await auditProblems()).toEqual([backdated]);
    const { hits } = await site.admin.search<Record<string, unknown>>({
      index: stream('audit'),
      size: 1,
      seq_no_primary_term: true,
      query: { term: { 'event.action': 'deployment-refused' } },
    });
    const [hit] = hits.hits;
    if (hit?._source === undefined) throw new Error('no record');
    const place = {
      index: hit._index,
      id: hit._id ?? '',
      if_seq_no: hit._seq_no ?? 0,
      if_primary_term: hit._primary_term ?? 0,
    };
    await site.admin.index({
      ...place,
      document: { ...hit._source, message: 'all was well' },
      refresh: true,
    });
    isFound('rewrite the audit trail', (await auditProblems()).join('; '), /was altered/);
  });

  it('cuts the audit trail off at no record, and begins it anew at none, unseen', async () => {
    const { client, anchor, now } = site.context;
    const { head } = await verifyAudit(client, site.namespace, undefined);
    const { hits } = await site.admin.search({
      index: stream('audit'),
      size: 3,
      sort: [{ 'ot_anomaly.audit.sequence': 'desc' }],
    });
    for (const { _index: index, _id: id = '' } of hits.hits)
      await site.admin.delete({ index, id, refresh: true });
    isFound(
      'cut the audit trail off',
      (await auditProblems()).join('; '),
      /anchored outside and no longer there/,
    );
    // What is written from now on takes the numbers again, with digests that fit: only the heads outside show it.
    const record = { part: 'registry', action: 'test', message: 'in its place' };
    await writeAudit(client, site.namespace, record, 'in-its-place', now(), anchor);
    const rewritten = new RegExp(`record ${(head?.sequence ?? 0) - 2} was rewritten: anchored`);
    isFound('write it anew', (await auditProblems()).join('; '), rewritten);
  });
});
