import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDriftResets } from '../../src/elasticsearch/driftResets.js';
import { createAll } from '../../src/elasticsearch/triageStore.js';
import { readDecisions } from '../../src/elasticsearch/windowAlerts.js';
import { actionOf, type Content } from '../../src/governance/approval/request.js';
import type { NewAssetList } from '../../src/governance/review/newAssetList.js';
import { fingerprint } from '../../src/governance/signing/fingerprint.js';
import { sha256 } from '../../src/registry/digest.js';
import { Pinned } from '../../src/registry/pinned.js';
import { RegistryFiles } from '../../src/registry/registryFiles.js';
import { annotationDocument, draftDocument } from '../../src/triage/annotation.js';
import { alertDocument, reading } from '../fixtures/alerts.js';
import { ecsProblems } from '../fixtures/ecs.js';
import { approvalOf, newPeople, request, rootOf, trustOf } from '../fixtures/people.js';
import { Visitor } from '../fixtures/visitor.js';
import { testElasticsearch } from './cluster.js';
import { type DecisionSite, decisionSite, PASSWORD } from './decisionSite.js';
import { clientOf } from './parts.js';
import { allOf, writeAlerts } from './triageSite.js';

let site: DecisionSite;
let anna: Visitor;
let bert: Visitor;
/** Lists of new assets that people signed, as the registry has them. */
let signed: readonly NewAssetList[] = [];
const now = () => ({ '@timestamp': new Date().toISOString() });

beforeAll(async () => {
  site = await decisionSite({ newAssets: () => signed });
});
afterAll(() => site?.close());

const REASON = 'Read by the historian that was moved yesterday, checked with the shift lead.';

async function alert(id: string, ot: Record<string, unknown> = {}, top: Record<string, unknown> = {}) {
  await writeAlerts(site.scorer, site.namespace, [{ id, document: alertDocument(ot, { ...now(), ...top }) }]);
}
const index = () => `logs-ot_anomaly.anomaly-${site.namespace}`;

async function opinion(
  alertId: string,
  classification: 'likely_benign' | 'high_priority_escalate',
  reasoning: string,
) {
  await createAll(
    site.triage,
    'triage',
    site.namespace,
    [
      {
        id: `opinion-${alertId}`,
        document: annotationDocument({
          alert: { id: alertId, index: index() },
          namespace: site.namespace,
          answer: {
            classification,
            confidence: 0.95,
            reasoning,
            recommended_analyst_actions: ['Ask.'],
            data_gaps: [],
          },
          how: { outcome: 'answered', guardrails: [], techniques: [], modelClassification: classification },
          provenance: {
            promptVersion: '1.0',
            promptSha256: '0'.repeat(64),
            modelRequested: 'm',
            pseudonymised: true,
            latencyMs: 1,
          },
          now: new Date(),
        }),
      },
    ],
    true,
  );
}

async function draft(alertId: string, id: string, text: string, target: 'process' | 'alert' | 'device') {
  const document = draftDocument({
    alert: { id: alertId, index: index() },
    namespace: site.namespace,
    proposal: { text, target },
    proposedBy: 'llm-triage',
    now: new Date(),
  });
  await createAll(site.triage, 'recommendation', site.namespace, [{ id, document }], true);
}

const decide = (who: Visitor, id: string, fields: Record<string, string>, headers?: Record<string, string>) =>
  who.submit(`/alerts/${id}/decisions`, fields, headers);
const stored = async (alertId: string) =>
  (await allOf(site.admin, 'decision', site.namespace))
    .filter(({ _source }) => _source.ot_anomaly.alert.id === alertId)
    .map(({ _source }) => _source as unknown as Record<string, Record<string, unknown>>);

describe('signing in', () => {
  it('takes an analyst’s password or API key, keeps it off the page and the log, and sets a cookie no script reads', async () => {
    const visitor = new Visitor(site.url);
    await visitor.open('/sign-in');
    const response = await visitor.submit('/sign-in', { username: site.analysts[0], password: PASSWORD });
    expect(response.status).toBe(200);
    expect(visitor.html).toContain('Queue');
    const raw = await fetch(`${site.url}/sign-in`, { redirect: 'manual' });
    expect(raw.headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Strict$/);
    const own = new Client({
      node: testElasticsearch().url,
      auth: { username: site.analysts[1], password: PASSWORD },
    });
    const created = await own.security.createApiKey({ name: 'my-key' }).catch(() =>
      site.admin.security.grantApiKey({
        grant_type: 'password',
        username: site.analysts[1],
        password: PASSWORD,
        api_key: { name: 'my-key' },
      }),
    );
    await own.close();
    const byKey = new Visitor(site.url);
    await byKey.open('/sign-in');
    await byKey.submit('/sign-in', { api_key: created.encoded });
    expect(byKey.html).toContain(site.analysts[1]);
    const log = site.log.join('');
    expect(log).toContain(site.analysts[0]);
    expect(log).not.toContain(PASSWORD);
    expect(log).not.toContain(created.encoded);
  });

  it('refuses a wrong password and closes after five, for that name at that address', async () => {
    const visitor = new Visitor(site.url);
    const name = `nobody_${site.namespace}`;
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await visitor.signIn(name, 'wrong')).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect(visitor.html).toContain('Too many failed attempts');
    expect((await new Visitor(site.url).signIn(site.analysts[0], PASSWORD)).status).toBe(200);
  });

  it('refuses accounts that could change alerts, and parts of this system', async () => {
    const { username, password } = testElasticsearch();
    if (username !== '') {
      const chief = new Visitor(site.url);
      expect((await chief.signIn(username, password)).status).toBe(403);
      expect(chief.html).toContain('could change or delete');
    }
    const worker = new Visitor(site.url);
    await worker.open('/sign-in');
    expect((await worker.submit('/sign-in', { api_key: site.keys['triage']?.encoded ?? '' })).status).toBe(
      403,
    );
  });

  it('shows nothing without a session, and goes on to the page that was asked for', async () => {
    await alert('asked-for');
    const visitor = new Visitor(site.url);
    await visitor.open('/alerts/asked-for');
    expect(visitor.html).toContain('Sign in');
    expect(visitor.html).not.toContain('10.0.9.9');
    const response = await visitor.submit('/sign-in', { username: site.analysts[0], password: PASSWORD });
    expect(response.url).toBe(`${site.url}/alerts/asked-for`);
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/x\n/y']) {
      const wanderer = new Visitor(site.url);
      await wanderer.open('/sign-in');
      const led = await wanderer.submit('/sign-in', { username: site.analysts[0], password: PASSWORD, next });
      expect(`${next} ${led.url}`).toBe(`${next} ${site.url}/`);
    }
  });

  it('takes no form of another site, none without the session’s token, and none after signing out', async () => {
    await alert('forged');
    const visitor = new Visitor(site.url);
    await visitor.signIn(site.analysts[0], PASSWORD);
    await visitor.open('/alerts/forged');
    const page = visitor.html;
    const fields = { action: 'true_positive' };
    expect((await decide(visitor, 'forged', fields, { origin: 'https://evil.example' })).status).toBe(403);
    visitor.html = page;
    expect((await decide(visitor, 'forged', fields, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    visitor.html = page;
    expect((await decide(visitor, 'forged', { ...fields, _csrf: 'guess' })).status).toBe(403);
    visitor.html = page;
    await visitor.submit('/sign-out', {});
    visitor.html = page;
    expect((await decide(visitor, 'forged', fields)).status).toBe(401);
    expect(await stored('forged')).toEqual([]);
  });
});

describe('with two analysts signed in', () => {
  beforeAll(async () => {
    // A person has five sessions at most: those of the tests above would end these.
    anna = new Visitor(site.url);
    bert = new Visitor(site.url);
    await anna.signIn(site.analysts[0], PASSWORD);
    await bert.signIn(site.analysts[1], PASSWORD);
  });

  describe('a decision', () => {
    it('is stored under the name of who is signed in, leaves the alert as it is, and takes it off the queue', async () => {
      await alert('real');
      await anna.open('/');
      expect(anna.html).toContain('/alerts/real"');
      await anna.open('/alerts/real');
      await decide(anna, 'real', { action: 'true_positive', justification: '' });
      expect(anna.html).toContain('Your decision is stored');
      const [document] = await stored('real');
      expect(document).toMatchObject({
        user: { name: site.analysts[0], roles: ['ot_anomaly_analyst'] },
        event: { action: 'decision-true-positive', ingested: expect.stringMatching(/Z$/) },
        ot_anomaly: { alert: { id: 'real', index: index() }, decision: { action: 'true_positive' } },
      });
      const { user: _, ...rest } = document ?? {};
      expect(ecsProblems(rest)).toEqual([]);
      await anna.open('/');
      expect(anna.html).not.toContain('/alerts/real"');
      await anna.open('/?show=all');
      expect(anna.html).toContain('/alerts/real"');
      await anna.open('/hand-over');
      expect(anna.html).toContain('true positive');
    });

    it('to dismiss is refused without a justification, in the AI’s words, and in the same words for two alerts', async () => {
      const words =
        'The historian polls this controller every night and its owner confirmed the change of address.';
      for (const id of ['benign-1', 'benign-2']) {
        await alert(id, reading);
        await opinion(id, 'likely_benign', words);
      }
      await anna.open('/alerts/benign-1');
      expect(anna.html).toContain('advice only');
      for (const [justification, message] of [
        ['', 'A justification is needed'],
        ['   ', 'A justification is needed'],
        ['ok', 'too short'],
        ['fine fine fine fine fine', 'too short'],
        [words, 'AI’s words'],
        ['THE HISTORIAN polls this controller, every night and its owner confirmed!', 'AI’s words'],
      ] as const) {
        const response = await decide(anna, 'benign-1', { action: 'dismiss', justification });
        expect(`${justification}: ${response.status}`).toBe(`${justification}: 422`);
        expect(anna.html).toContain(message);
      }
      expect(await stored('benign-1')).toEqual([]);
      await decide(anna, 'benign-1', { action: 'dismiss', justification: REASON });
      const [first] = await stored('benign-1');
      expect(first?.['ot_anomaly']?.['decision']).toMatchObject({
        justification: REASON,
        ai_classification: 'likely_benign',
        ai_recommended_dismissal: true,
        agrees_with_ai: true,
      });
      await anna.open('/alerts/benign-2');
      expect(
        (await decide(anna, 'benign-2', { action: 'dismiss', justification: `${REASON} ` })).status,
      ).toBe(422);
      expect(anna.html).toContain('this very text for another alert');
      await decide(anna, 'benign-2', { action: 'true_positive' });
      const [second] = await stored('benign-2');
      expect(second?.['ot_anomaly']?.['decision']).toMatchObject({ agrees_with_ai: false });
      await anna.open('/alerts/benign-2');
      expect(anna.html).toContain('You went with the AI in 1 of 2 verdicts');
    });

    it('to confirm a draft on the process needs a change ticket, on the alert a justification, and neither is carried out', async () => {
      await alert('drafted');
      await draft('drafted', 'draft-process', 'Set the setpoint of the boiler to 180.', 'process');
      await draft('drafted', 'draft-alert', 'Close the alert.', 'alert');
      await anna.open('/approvals');
      expect(anna.html).toContain('Set the setpoint of the boiler');
      await anna.open('/alerts/drafted');
      const confirm = { action: 'confirm', recommendation_id: 'draft-process' };
      expect((await decide(anna, 'drafted', confirm)).status).toBe(422);
      expect(anna.html).toContain('change ticket');
      expect((await decide(anna, 'drafted', { ...confirm, ticket: 'soon' })).status).toBe(422);
      expect(
        (await decide(anna, 'drafted', { ...confirm, recommendation_id: 'draft-of-another' })).status,
      ).toBe(422);
      expect(
        (await decide(anna, 'drafted', { action: 'confirm', recommendation_id: 'draft-alert' })).status,
      ).toBe(422);
      await decide(anna, 'drafted', { ...confirm, ticket: 'CHG-4711' });
      const [confirmed] = await stored('drafted');
      expect(confirmed?.['ot_anomaly']?.['decision']).toMatchObject({
        action: 'confirm',
        ticket: 'CHG-4711',
        recommendation_id: 'draft-process',
      });
      const [kept] = (await allOf(site.admin, 'recommendation', site.namespace)).filter(
        ({ _id }) => _id === 'draft-process',
      );
      expect(kept?._source.ot_anomaly.recommendation.status).toBe('pending_human_approval');
      await anna.open('/approvals');
      expect(anna.html).not.toContain('Set the setpoint of the boiler');
      await anna.open('/');
      expect(anna.html).toContain('/alerts/drafted"'); // a confirmed draft is no verdict on the alert
      const reviewed = await readDecisions(site.admin, site.namespace); // nor does it let its window train a model
      expect(reviewed.map(({ alertId }) => alertId)).not.toContain('drafted');
      expect(reviewed.map(({ alertId }) => alertId)).toContain('benign-1');
    });

    it('of two people at once are both kept, and the second is told', async () => {
      await alert('contested');
      await Promise.all([anna.open('/alerts/contested'), bert.open('/alerts/contested')]);
      await decide(anna, 'contested', {
        action: 'false_positive',
        justification: 'Seen in the log of the vendor’s visit.',
      });
      await decide(bert, 'contested', { action: 'escalate' });
      expect(bert.html).toContain('Somebody else decided on this alert while you did');
      expect(bert.html).toContain('Two people contradict each other');
      expect((await stored('contested')).map(({ user }) => user?.['name'])).toEqual([...site.analysts]);
      await bert.open('/hand-over');
      expect(bert.html).toMatch(/In conflict<\/h2>\s*<ul>/);
    });

    it('sent twice by one form is one decision', async () => {
      await alert('twice');
      await anna.open('/alerts/twice');
      const page = anna.html;
      await decide(anna, 'twice', { action: 'true_positive' });
      anna.html = page;
      await decide(anna, 'twice', { action: 'true_positive' });
      expect(await stored('twice')).toHaveLength(1);
      anna.html = page;
      expect((await decide(anna, 'twice', { action: 'escalate' })).status).toBe(409);
      expect(await stored('twice')).toHaveLength(1);
    });

    it('to reset a drift names the chart as the scorer reads it, and only an alert of the drift detector has one', async () => {
      const chart = 'interval|modbus|north|-|10.0.1.2|10.0.1.5|502|modbus|1|READ_COILS';
      await alert('drifting', { ...reading, detector: 'drift', chart, group: { id: 'd', kind: 'drift' } });
      await alert('steady', reading);
      await anna.open('/alerts/drifting');
      const reset = {
        action: 'reset_drift',
        justification: 'New pump since Monday, measured again with the operator.',
      };
      await decide(anna, 'drifting', reset);
      expect(anna.html).toContain('Your decision is stored');
      const resets = await readDriftResets(clientOf(site.keys, 'scorer'), site.namespace);
      expect(resets).toEqual([{ chart, at: expect.any(Number) }]);
      await anna.open('/alerts/steady');
      expect(anna.html).not.toContain('reset_drift');
      expect(
        (await decide(anna, 'steady', { ...reset, justification: `${reset.justification} Again.` })).status,
      ).toBe(422);
    });
  });

  describe('a blind check', () => {
    it('is off unless a site wants it, waits while an incident is open, hides what was decided, and changes nothing', async () => {
      expect((await anna.open('/blind-check')).status).toBe(404);
      const later = () => new Date(Date.now() + 40 * 60_000);
      const calm = await decisionSite({ env: { OT_ANOMALY_SIDECAR_BLIND_CHECKS: '0.1' }, now: later });
      try {
        const [first, second] = [new Visitor(calm.url), new Visitor(calm.url)];
        await first.signIn(calm.analysts[0], PASSWORD);
        await second.signIn(calm.analysts[1], PASSWORD);
        const top = { ...now(), event: { kind: 'alert', severity: 73 } };
        await writeAlerts(calm.scorer, calm.namespace, [
          { id: 'past', document: alertDocument(reading, top) },
        ]);
        await first.open('/alerts/past');
        await first.submit('/alerts/past/decisions', { action: 'false_positive', justification: REASON });
        await first.open('/blind-check');
        expect(first.html).toContain('you did not');
        await second.open('/');
        expect(second.html).toContain('/blind-check');
        await second.open('/blind-check');
        expect(second.html).toContain('A blind check');
        expect(second.html).not.toMatch(/moved yesterday|advice only|Nobody has decided/);
        expect(second.html).not.toContain(calm.analysts[0]);
        await second.submit('/alerts/past/blind-checks', { action: 'true_positive' });
        expect(second.html).toContain(REASON.slice(0, 40));
        expect(second.html).not.toContain('contradict');
        const stored = await allOf(calm.admin, 'decision', calm.namespace);
        expect(stored.map(({ _source }) => _source.user?.name)).toEqual([...calm.analysts]);
        await writeAlerts(calm.scorer, calm.namespace, [
          { id: 'urgent', document: alertDocument({}, now()) },
        ]);
        await first.open('/');
        expect(first.html).not.toContain('/blind-check');
        expect((await second.open('/blind-check')).status).toBe(404);
        await second.open('/hand-over');
        expect(second.html).toContain('1 critical alert has waited longer than 30 minutes');
      } finally {
        await calm.close();
      }
    });
  });

  it('sees in the queue how many alerts of a new asset a signed list leaves out, and all of them on demand', async () => {
    const ends = { source: { address: '10.9.9.1' }, destination: { address: '10.9.9.2', port: 502 } };
    await alert('new-reads', reading, { ...ends, message: 'the new PLC is read' });
    await alert('new-writes', {}, { ...ends, message: 'the new PLC is written to' });
    const relations = [{ source: '10.9.9.1', destination: '10.9.9.2', port: 502 }];
    const until = '2099-01-01T00:00:00Z';
    signed = [
      { sha256: '1', asset: '10.9.9.1', relations, until, ticket: '<b>OT-11</b>', signedBy: ['lena'] },
    ];
    try {
      await anna.open('/');
      expect(anna.html).toContain('<strong>1</strong> undecided alert is left out here');
      expect(anna.html).toContain('&lt;b&gt;OT-11');
      expect(anna.html).not.toContain('the new PLC is read');
      expect(anna.html).toContain('the new PLC is written to');
      await anna.open('/?show=all');
      expect(anna.html).toContain('the new PLC is read');
    } finally {
      signed = [];
    }
    await anna.open('/');
    expect(anna.html).toContain('the new PLC is read');
    expect(anna.html).not.toContain('left out here');
  });

  describe('pages', () => {
    const NASTY = '<script>alert(1)</script>"><img src=x onerror=alert(2)> \u202eevil\u202c';

    it('show what hosts chose as text, on every page', async () => {
      await alert(
        'nasty',
        {
          function_code: NASTY,
          relation: NASTY,
          evidence: [{ detector: NASTY, feature: NASTY, observed: NASTY, usual: NASTY, text: NASTY }],
          technique: [{ id: NASTY, name: NASTY, evidence: NASTY }],
          source_asset: { address: '10.0.9.9', name: NASTY, owner: NASTY },
          detector: NASTY,
        },
        {
          message: NASTY,
          observer: { name: NASTY },
          network: { protocol: NASTY },
          source: { address: NASTY },
        },
      );
      await opinion('nasty', 'likely_benign', NASTY);
      await draft('nasty', 'draft-nasty', NASTY, 'device');
      for (const path of [
        '/',
        '/alerts/nasty',
        '/hand-over',
        '/approvals',
        '/health',
        `/?address=${encodeURIComponent(NASTY)}`,
      ]) {
        const response = await anna.open(path);
        expect(`${path} ${response.status}`).toBe(`${path} 200`);
        expect(anna.html).not.toMatch(/<script|<img|\u202e/);
        expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
        expect(response.headers.get('cache-control')).toBe('no-store');
      }
      await anna.open('/alerts/nasty');
      expect(anna.html).toContain('&lt;script&gt;');
    });

    it('show the signed requests that wait for people, verified, and none that is over or can’t be trusted', async () => {
      await anna.open('/approvals');
      expect(anna.html).toContain('No root of trust is pinned on this host');
      const people = newPeople();
      const files = new RegistryFiles(site.site.models);
      const at = new Date(Date.now() - 3_600_000);
      new Pinned(site.site.trust).pin(await rootOf(people), at);
      await files.writeTrust(await trustOf(people), people.file);
      const put = async (days: number, changed = {}) => {
        const until = new Date(at.getTime() + days * 86_400_000).toISOString();
        const content: Content = {
          kind: 'new-asset',
          namespace: site.namespace,
          asset: '10.0.7.7',
          relations: ['10.0.7.7 -> 10.0.1.5:502'],
          until,
        };
        const asked = await request(people, 'anna', actionOf(content, undefined), content, at, changed);
        await files.writeRequest(asked.sha256, asked.envelope);
        return asked.sha256;
      };
      const waiting = await put(2);
      const over = await put(3, { expires: new Date(at.getTime() + 60_000).toISOString() });
      await anna.open('/approvals');
      expect(anna.html).toContain('views leave out 1 relations of 10.0.7.7');
      expect(anna.html).toContain('nobody has signed');
      expect(anna.html).toContain('ticket OT-1234');
      expect(anna.html).toContain(fingerprint(waiting));
      expect(anna.html).not.toContain(fingerprint(over));
      await files.writeApproval(waiting, await approvalOf(people, 'lena', waiting, at));
      await anna.open('/approvals');
      expect(anna.html).toContain('signed by lena as ot-security-lead');
      expect(anna.html).toContain('>granted<');
      expect(anna.html).not.toMatch(/Not verified|can’t be shown/);
      expect(existsSync(join(site.site.trust, 'accepted.json'))).toBe(false); // a page that shows accepts nothing
      const [mine] = (await approvalOf(people, 'axel', waiting, at)).signatures;
      const { request: signed } = files.readRequest(waiting);
      const text = Buffer.from(signed.payload, 'base64').toString().replace('OT-1234', 'URGENT-1');
      const payload = Buffer.from(text).toString('base64');
      const forged = sha256(text);
      await files.writeRequest(forged, { ...signed, payload, signatures: mine === undefined ? [] : [mine] });
      await anna.open('/approvals');
      expect(anna.html).toContain('Not verified:');
      expect(anna.html).toContain('bears no valid signature of anna');
      expect(anna.html).not.toMatch(/URGENT-1/);
      expect(anna.html).not.toContain(fingerprint(forged));
      expect(anna.html).toContain(fingerprint(waiting));
      rmSync(join(site.site.models, 'requests', forged), { recursive: true });
      writeFileSync(
        join(site.site.models, 'trust', 'approvers.yaml'),
        people.file('approvers.yaml').replace('id: axel', 'id: mallory'),
      );
      await anna.open('/approvals');
      expect(anna.html).toContain('Not verified:');
      expect(anna.html).not.toContain(fingerprint(waiting));
    });

    it('answer an unknown address, an unknown alert and a filter of nonsense in words', async () => {
      expect((await anna.open('/nothing')).status).toBe(404);
      expect((await anna.open('/alerts/none')).status).toBe(404);
      expect((await anna.open('/?days=x&severity=-1&page=1e9&protocol=%00')).status).toBe(200);
      expect((await anna.open('/alerts/%E0%A4%A')).status).toBe(400);
    });
  });
});
