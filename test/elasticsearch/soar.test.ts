import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertDocument } from '../fixtures/alerts.js';
import { testElasticsearch } from './cluster.js';
import { type DecisionSite, decisionSite, PASSWORD } from './decisionSite.js';
import { allOf, type Stored, until, writeAlerts } from './triageSite.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OLD_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const NOTIFY_SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

/** A receiver that is down for the first messages, and then takes each. */
interface Receiver {
  readonly url: string;
  readonly taken: { id: string; type: string; data: Record<string, unknown> }[];
  refusals: number;
  /** the message that it fails on, once: the first after the refusals */
  failedOn: string | undefined;
  close(): Promise<void>;
}
async function receiver(): Promise<Receiver> {
  const taken: Receiver['taken'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      if (self.refusals > 0) {
        self.refusals -= 1;
        response.writeHead(503).end();
        return;
      }
      const headers = request.headers as Record<string, string>;
      if (self.failedOn === undefined) {
        self.failedOn = headers['webhook-id'] ?? '';
        response.writeHead(500).end();
        return;
      }
      const message = new Webhook(NOTIFY_SECRET).verify(body, headers) as Receiver['taken'][number];
      taken.push({ ...message, id: headers['webhook-id'] ?? '' });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const self: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    taken,
    refusals: 2,
    failedOn: undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return self;
}

let site: DecisionSite;
let hook: Receiver;
let messages = 0;

beforeAll(async () => {
  hook = await receiver();
  site = await decisionSite({
    env: {
      OT_ANOMALY_SOAR_SECRETS: `${SECRET},${OLD_SECRET}`,
      OT_ANOMALY_NOTIFY_URL: hook.url,
      OT_ANOMALY_NOTIFY_SECRET: NOTIFY_SECRET,
      OT_ANOMALY_SIDECAR_URL: 'https://triage.plant.example',
      OT_ANOMALY_SIDECAR_OVERDUE_MINUTES: '2',
    },
    now: () => new Date(Date.now() + 3 * 60_000), // critical alerts are overdue at once; signatures are not
  });
  const document = () => alertDocument({}, { '@timestamp': new Date().toISOString() });
  await writeAlerts(site.scorer, site.namespace, [
    { id: 'one', document: document() },
    { id: 'two', document: document() },
    { id: 'three', document: document() }, // nobody decides on it
  ]);
});
afterAll(async () => {
  await site?.close();
  await hook?.close();
});

interface Sending {
  readonly id?: string;
  readonly at?: Date;
  readonly secret?: string;
  readonly headers?: Record<string, string>;
}
async function send(message: unknown, { id, at = new Date(), secret = SECRET, headers = {} }: Sending = {}) {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  const messageId = id ?? `msg_${messages++}`;
  const response = await fetch(`${site.url}/webhooks/soar`, {
    method: 'POST',
    body,
    headers: {
      'webhook-id': messageId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(messageId, at, body),
      ...headers,
    },
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: (await response.json()) as Record<string, unknown>,
  };
}
const notes = async (action: string): Promise<readonly Stored[]> =>
  (await allOf(site.admin, 'case', site.namespace)).filter(({ _source }) => _source.event.action === action);
const basic = (name: string, password = PASSWORD) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});
const stateOf = (id: string) => send({ type: 'state.get', data: { alert_id: id } });

describe('a webhook of the SOAR', () => {
  it('asks for triage and attaches a case, under the server’s own identity', async () => {
    expect(await send({ type: 'triage.request', data: { alert_id: 'one' } })).toMatchObject({ status: 202 });
    const attached = { id: 'INC-1', system: 'soar', url: 'https://soar.example/1' };
    expect(
      await send({ type: 'case.attach', data: { alert_id: 'one', case: attached } }, { secret: OLD_SECRET }),
    ).toMatchObject({ status: 202 });
    const [requested] = await notes('triage-requested');
    expect(requested?._source).toMatchObject({
      user: { name: 'ot_anomaly_soar' },
      ot_anomaly: { alert: { id: 'one' } },
    });
    const [noted] = await notes('case-attached');
    expect(noted?._source.ot_anomaly).toMatchObject({ case: attached });
  });

  it('is refused when it is forged, changed, stale, from the future, replayed or not understood', async () => {
    const message = { type: 'state.get', data: { alert_id: 'one' } };
    const minutes = (n: number) => new Date(Date.now() + n * 60_000);
    const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    expect(await send(message, { secret: other })).toMatchObject({
      status: 401,
      type: expect.stringContaining('application/problem+json'),
    });
    expect(await send(message, { headers: { 'webhook-id': 'another' } })).toMatchObject({ status: 401 });
    expect(await send(message, { headers: { 'webhook-signature': '' } })).toMatchObject({ status: 401 });
    expect(await send(message, { at: minutes(-6) })).toMatchObject({
      status: 401,
      body: { type: 'urn:ot-anomaly:problem:stale' },
    });
    expect(await send(message, { at: minutes(6) })).toMatchObject({
      status: 401,
      body: { type: 'urn:ot-anomaly:problem:stale' },
    });
    expect(await send(message, { id: 'msg_again' })).toMatchObject({ status: 200 });
    expect(await send(message, { id: 'msg_again' })).toMatchObject({ status: 409 });
    expect(await send('{"type":')).toMatchObject({ status: 422 });
    expect(await send({ type: 'alert.close', data: { alert_id: 'one' } })).toMatchObject({ status: 422 });
    expect(await send({ ...message, data: { alert_id: 'none' } })).toMatchObject({ status: 404 });
    expect(await send('x'.repeat(40_000))).toMatchObject({ status: 413 });
  });

  it('decides nothing without a person’s credential, and with one under that person’s name', async () => {
    const decision = { action: 'escalate' };
    const message = { type: 'decision.create', data: { alert_id: 'two', decision } };
    expect(await send(message)).toMatchObject({ status: 401 });
    const soarKey = { authorization: `ApiKey ${site.keys['soar']?.encoded}` };
    expect(await send(message, { headers: soarKey })).toMatchObject({ status: 403 });
    const triageKey = { authorization: `ApiKey ${site.keys['triage']?.encoded}` };
    expect(await send(message, { headers: triageKey })).toMatchObject({ status: 403 });
    const wrong = { id: 'msg_decide', headers: basic(site.analysts[0], 'wrong') };
    expect(await send(message, wrong)).toMatchObject({ status: 401 });
    expect(await send(message, { headers: { authorization: 'Bearer a.b.c' } })).toMatchObject({
      status: 401,
    });
    const expired = { headers: { authorization: `ApiKey ${btoa('nobody:knows')}` } };
    for (let i = 0; i < 5; i++) expect(await send(message, expired)).toMatchObject({ status: 401 });
    expect(await send(message, expired)).toMatchObject({ status: 429 }); // and closes no other key
    expect(await send(message, { headers: soarKey })).toMatchObject({ status: 403 });
    expect((await stateOf('two')).body).toMatchObject({
      standing: 'undecided',
      human_confirmation_required: true,
    });
    // What was refused may be sent again under its id.
    expect(await send(message, { id: 'msg_decide', headers: basic(site.analysts[0]) })).toMatchObject({
      status: 201,
      body: { decision: { by: site.analysts[0] } },
    });
    expect((await stateOf('two')).body).toMatchObject({
      standing: 'escalated',
      human_confirmation_required: false,
    });
  });
});

describe('the interface for programs', () => {
  const post = async (path: string, body: unknown, headers: Record<string, string>) => {
    const response = await fetch(`${site.url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const apiKey = (part: string) => ({ authorization: `ApiKey ${site.keys[part]?.encoded}` });

  it('keeps what an AI part recommends as a draft, pending whatever it claims, once under one key', async () => {
    const wish = {
      alert_id: 'one',
      text: 'Set the setpoint of the boiler to 180.',
      proposed_by: 'optimizer',
    };
    const key = { 'idempotency-key': 'wish-0001' };
    const first = await post('/api/recommendations', wish, { ...apiKey('triage'), ...key });
    expect(first).toMatchObject({ status: 201, body: { status: 'pending_human_approval' } });
    expect((await post('/api/recommendations', wish, { ...apiKey('triage'), ...key })).body).toEqual(
      first.body,
    );
    expect(
      await post('/api/recommendations', { ...wish, status: 'approved' }, apiKey('triage')),
    ).toMatchObject({ status: 422 });
    expect(await post('/api/recommendations', { ...wish, alert_id: 'none' }, apiKey('triage'))).toMatchObject(
      { status: 404 },
    );
    expect(await post('/api/recommendations', wish, apiKey('soar'))).toMatchObject({ status: 403 });
    expect(await post('/api/recommendations', wish, {})).toMatchObject({ status: 401 });
    const drafts = await allOf(site.admin, 'recommendation', site.namespace);
    expect(drafts).toHaveLength(1);
    expect(drafts[0]?._source).toMatchObject({
      user: { name: 'ot_anomaly_triage' },
      ot_anomaly: {
        alert: { id: 'one' },
        recommendation: {
          status: 'pending_human_approval',
          target: 'process',
          needs_change_ticket: true,
          proposed_by: 'optimizer',
        },
      },
    });
  });

  it('takes decisions by the rules of the page, from people only, once under one key', async () => {
    const path = '/api/alerts/one/decisions';
    const anna = basic(site.analysts[0]);
    expect(await post(path, { action: 'dismiss' }, anna)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'justification', code: 'missing' }] },
    });
    expect(await post(path, { action: 'true_positive', user: { name: 'chief' } }, anna)).toMatchObject({
      status: 422,
    });
    expect(await post(path, { action: 'true_positive' }, apiKey('triage'))).toMatchObject({ status: 403 });
    const { username, password } = testElasticsearch();
    if (username !== '')
      expect(await post(path, { action: 'true_positive' }, basic(username, password))).toMatchObject({
        status: 403,
      });
    const key = { 'idempotency-key': 'decide-0001' };
    expect(await post(path, { action: 'true_positive' }, { ...anna, ...key })).toMatchObject({ status: 201 });
    expect(await post(path, { action: 'true_positive' }, { ...anna, ...key })).toMatchObject({
      status: 200,
      body: { repeated: true },
    });
    expect(await post(path, { action: 'escalate' }, { ...anna, ...key })).toMatchObject({ status: 422 });
    const mine = (await allOf(site.admin, 'decision', site.namespace)).filter(
      ({ _source }) => _source.ot_anomaly.alert.id === 'one',
    );
    expect(mine.map(({ _source }) => _source.user?.name)).toEqual([site.analysts[0]]);
  });

  it('describes itself in OpenAPI 3.1, and answers the unknown and the malformed as problems', async () => {
    const document = (await (await fetch(`${site.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: object;
      components: { schemas: object };
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual([
      '/api/alerts/{id}',
      '/api/alerts/{id}/decisions',
      '/api/recommendations',
      '/webhooks/soar',
    ]);
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['AlertState', 'Problem', 'SoarMessage']),
    );
    const unknown = await fetch(`${site.url}/api/nothing`);
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([
      404,
      expect.stringContaining('application/problem+json'),
    ]);
    const broken = await fetch(`${site.url}/api/recommendations`, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect([broken.status, broken.headers.get('content-type')]).toEqual([
      400,
      expect.stringContaining('application/problem+json'),
    ]);
    expect((await fetch(`${site.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${site.url}/readyz`)).status).toBe(200);
    expect(await site.site.metrics.registry.metrics()).toContain(
      'ot_anomaly_sidecar_decisions_total{action="true_positive"} 1',
    );
  });
});

describe('notifications', () => {
  it('tell of each alert as undecided and of each decision, signed, once taken, though the receiver was down at first', async () => {
    const told = await until('both alerts and both decisions', async () => {
      const { taken } = hook;
      const count = (type: string) => taken.filter((one) => one.type === type).length;
      const all =
        count('alert.undecided') >= 1 && count('alert.overdue') >= 1 && count('decision.recorded') >= 2;
      return all && taken.some(({ id }) => id === hook.failedOn) ? taken : undefined;
    });
    // What the receiver failed on came later, and held up no other.
    expect(told[0]?.id).not.toBe(hook.failedOn);
    expect(told.map(({ id }) => id)).toContain(hook.failedOn);
    const alert = told.find(({ type }) => type === 'alert.undecided');
    expect(alert?.data).toMatchObject({
      human_confirmation_required: true,
      url: expect.stringMatching(/^https:\/\/triage\.plant\.example\/alerts\//),
    });
    expect(JSON.stringify(alert)).not.toMatch(/classification|recommend|likely_benign|escalate/);
    const decisions = told.filter(({ type }) => type === 'decision.recorded');
    expect(decisions.map(({ data }) => [data['alert_id'], data['action'], data['by']])).toEqual([
      ['two', 'escalate', site.analysts[0]],
      ['one', 'true_positive', site.analysts[0]],
    ]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
    const delivered = await until('notes of what was delivered', async () => {
      const found = await notes('notification-delivered');
      return found.length >= told.length ? found : undefined;
    });
    expect(new Set(delivered.map(({ _id }) => _id))).toEqual(new Set(told.map(({ id }) => id)));
  });
});
