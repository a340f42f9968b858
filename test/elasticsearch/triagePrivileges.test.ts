import { Client, errors } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamNames } from '../../src/setup/streams.js';
import { cluster, testElasticsearch, uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';

const namespace = uniqueNamespace('tp');
const stream = (dataset: string) => `logs-ot_anomaly.${dataset}-${namespace}`;
const document = { '@timestamp': '2026-01-01T00:00:00.000Z', message: 'test' };

let admin: Client;
let triage: Client;
let soar: Client;
let analyst: Client;
const username = `analyst_${namespace}`;

beforeAll(async () => {
  admin = cluster();
  const keys = await setUp(namespace);
  triage = clientOf(keys, 'triage');
  soar = clientOf(keys, 'soar');
  await admin.security.putUser({ username, password: 'analyst-password', roles: ['ot_anomaly_analyst'] });
  analyst = new Client({
    node: testElasticsearch().url,
    auth: { username, password: 'analyst-password' },
  });
  await clientOf(keys, 'scorer').create({ index: stream('anomaly'), id: 'alert', document, refresh: true });
});
afterAll(async () => {
  await admin.security.deleteUser({ username });
  await Promise.all([admin, triage, soar, analyst].map((client) => client?.close()));
});

describe("the triage worker's key", () => {
  it('creates an annotation and a draft, and is refused the same id again', async () => {
    for (const dataset of ['triage', 'recommendation']) {
      expect(await status(triage.create({ index: stream(dataset), id: 'a', document }))).toBe(201);
      expect(await status(triage.create({ index: stream(dataset), id: 'a', document }))).toBe(409);
    }
  });

  it('may write no decision, no alert, no asset, no case note and no audit record', async () => {
    for (const index of streamNames(namespace)) {
      if (index === stream('triage') || index === stream('recommendation')) continue;
      expect(`${index} ${await status(triage.create({ index, id: 'x', document }))}`).toBe(`${index} 403`);
    }
  });

  it('may not change or delete an alert, nor an annotation of its own', async () => {
    await triage.create({ index: stream('triage'), id: 'kept', document, refresh: true });
    for (const [index, id] of [
      [stream('anomaly'), 'alert'],
      [stream('triage'), 'kept'],
    ] as const) {
      const backing = await backingIndex(index);
      for (const name of [index, backing]) {
        expect(await status(triage.update({ index: name, id, doc: { message: 'changed' } }))).toBe(403);
        expect(await status(triage.delete({ index: name, id }))).toBe(403);
        expect(await status(triage.updateByQuery({ index: name, query: { match_all: {} } }))).toBe(403);
        expect(await status(triage.deleteByQuery({ index: name, query: { match_all: {} } }))).toBe(403);
      }
      const version = { if_seq_no: 0, if_primary_term: 1 };
      expect(await status(triage.index({ index: backing, id, document, ...version }))).toBe(403);
      const found = await admin.search({ index, query: { ids: { values: [id] } } });
      expect(found.hits.hits[0]?._source).toMatchObject({ message: 'test' });
    }
  });

  it('reads what the prompt is made of, and neither sources, checkpoints nor audit records', async () => {
    for (const dataset of ['anomaly', 'asset', 'decision', 'triage', 'recommendation', 'case'])
      expect(await status(triage.search({ index: stream(dataset) }))).toBe(200);
    for (const index of [`logs-ot_zeek.conn-${namespace}`, stream('checkpoint'), stream('audit')])
      expect(await status(triage.search({ index }))).toBe(403);
  });

  it('holds no cluster privilege and can make no key', async () => {
    expect(await status(triage.security.createApiKey({ name: 'more' }))).toBe(403);
    expect(await status(triage.ingest.putPipeline({ id: 'mine', processors: [] }))).toBe(403);
    expect(await status(triage.cluster.health())).toBe(403);
  });
});

describe("the SOAR webhook's key", () => {
  it('creates case notes and nothing else: a decision takes a person', async () => {
    for (const index of streamNames(namespace)) {
      const expected = index === stream('case') ? 201 : 403;
      expect(`${index} ${await status(soar.create({ index, id: 'x', document }))}`).toBe(
        `${index} ${expected}`,
      );
    }
  });
});

describe('a decision', () => {
  const forgeries: readonly (readonly [string, Record<string, unknown>, { pipeline?: string }])[] = [
    ['a forged user', { user: { name: 'chief', roles: ['superuser'] } }, {}],
    ['a dotted user.name', { 'user.name': 'chief', 'user.roles': ['superuser'] }, {}],
    ['both, nested and dotted', { user: { name: 'chief' }, 'user.name': 'boss', 'user.id': 'root' }, {}],
    ['a user that is a text', { user: 'chief' }, {}],
    ['a list of users', { user: [{ name: 'chief' }, { name: 'boss' }] }, {}],
    [
      'no pipeline',
      { user: { name: 'chief' }, 'event.ingested': '2001-01-01T00:00:00Z' },
      { pipeline: '_none' },
    ],
  ];

  it.each(forgeries)('with %s is stored under the true author', async (name, claims, options) => {
    const index = stream('decision');
    const id = name.replaceAll(' ', '-');
    await analyst.create({ index, id, document: { ...document, ...claims }, refresh: true, ...options });
    const found = await admin.search({ index, query: { ids: { values: [id] } } });
    const source = found.hits.hits[0]?._source as { user: { name: string; roles: string[] } };
    expect(source.user).toMatchObject({ name: username, roles: ['ot_anomaly_analyst'] });
    expect(JSON.stringify(source)).not.toMatch(/chief|boss|superuser|root|2001-01-01/);
  });

  it('is written by an analyst, who can write incidents and findings of reviews besides, and change none', async () => {
    for (const index of streamNames(namespace)) {
      const isForPeople = ['decision', 'incident', 'review'].some((name) => index === stream(name));
      const expected = isForPeople ? 201 : 403;
      expect(`${index} ${await status(analyst.create({ index, id: 'y', document }))}`).toBe(
        `${index} ${expected}`,
      );
    }
    expect(await status(analyst.delete({ index: stream('decision'), id: 'y' }))).toBe(403);
    expect(
      await status(analyst.update({ index: stream('decision'), id: 'y', doc: { message: 'changed' } })),
    ).toBe(403);
  });
});

describe('what the triage key writes past our own code', () => {
  const claims: readonly (readonly [string, Record<string, unknown>])[] = [
    [
      'plainly',
      { ot_anomaly: { recommendation: { status: 'approved', human_confirmation_required: false } } },
    ],
    ['with a dotted key', { 'ot_anomaly.recommendation.status': 'approved' }],
    ['with a key dotted within', { ot_anomaly: { 'recommendation.status': 'approved' } }],
    ['with a list', { ot_anomaly: { recommendation: [{ status: 'approved' }] } }],
    ['with a list of everything', { ot_anomaly: [{ recommendation: { status: 'approved' } }] }],
    ['with several at once', { ot_anomaly: { recommendation: { status: ['approved', 'confirmed'] } } }],
    ['with a deeper key', { ot_anomaly: { recommendation: { 'status.keyword': 'approved' } } }],
  ];

  it.each(claims)(
    'is a draft that claims approval %s, and is stored as pending or as an error',
    async (how, claim) => {
      const index = stream('recommendation');
      for (const pipeline of [undefined, '_none']) {
        const id = `${how.replaceAll(' ', '-')}${pipeline ?? ''}`;
        const options = pipeline === undefined ? {} : { pipeline };
        await triage.create({ index, id, document: { ...document, ...claim }, refresh: true, ...options });
        const [hit] = (await admin.search({ index, query: { ids: { values: [id] } } })).hits.hits;
        const source = hit?._source as {
          ot_anomaly?: { recommendation: object };
          user: object;
          event?: object;
        };
        expect(source.user).toMatchObject({ name: 'ot_anomaly_triage' });
        if (source.ot_anomaly === undefined) expect(source.event).toMatchObject({ kind: 'pipeline_error' });
        else
          expect(source.ot_anomaly.recommendation).toMatchObject({
            status: 'pending_human_approval',
            advisory_only: true,
            human_confirmation_required: true,
          });
        expect(JSON.stringify(source)).not.toMatch(/approved|confirmed/);
      }
    },
  );

  it('is an opinion that claims to bind somebody, and is stored as advice', async () => {
    const index = stream('triage');
    const triaged = { ot_anomaly: { triage: { advisory_only: false, human_confirmation_required: false } } };
    await triage.create({ index, id: 'binding', document: { ...document, ...triaged }, refresh: true });
    const [hit] = (await admin.search({ index, query: { ids: { values: ['binding'] } } })).hits.hits;
    expect(hit?._source).toMatchObject({
      ot_anomaly: { triage: { advisory_only: true, human_confirmation_required: true } },
    });
  });
});

async function status(request: Promise<unknown>): Promise<number> {
  try {
    const response = (await request) as { result?: string };
    return response.result === 'created' ? 201 : 200;
  } catch (error) {
    if (error instanceof errors.ResponseError) return error.statusCode ?? 0;
    throw error;
  }
}

async function backingIndex(name: string): Promise<string> {
  const [index] = Object.keys(await admin.indices.get({ index: name }));
  if (index === undefined) throw new Error(`${name} has no backing index`);
  return index;
}
