import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tellBoundary } from '../../src/app/governance/tellBoundary.js';
import { type BoundaryReport, verifyBoundary } from '../../src/app/governance/verifyBoundary.js';
import { violationsOfOwn, watchBoundary } from '../../src/app/governance/watchBoundary.js';
import { checkBoundary } from '../../src/elasticsearch/boundary.js';
import { roles } from '../../src/setup/assets.js';
import { partOf } from '../../src/setup/parts.js';
import { canaryStreams, streamNames } from '../../src/setup/streams.js';
import { type GovernedSite, governedSite } from './governedSite.js';
import { clientWith } from './installAssets.js';

let site: GovernedSite;
beforeAll(async () => {
  site = await governedSite('2026-02-01T10:00:00Z');
}, 300_000);
afterAll(() => site?.close());

const services = () => roles().filter(({ service_user }) => service_user);

function verify(prohibitedActions: readonly string[]): Promise<BoundaryReport> {
  return verifyBoundary({
    credentials: services().map((role) => ({ role, client: site.client(partOf(role)) })),
    streams: streamNames(site.namespace),
    canaries: canaryStreams(),
    namespace: site.namespace,
    prohibitedActions,
    auditor: { part: 'registry', client: site.context.client },
    newId: site.context.newId,
    now: () => new Date(),
  });
}

describe('the boundary', () => {
  it('is kept by every key that set-up makes: each can create what is its own, and nothing else', async () => {
    const report = await verify(site.people.policies.aiGovernance.prohibited_actions);
    expect(
      report.credentials.flatMap(({ credential, violations }) =>
        violations.map((violation) => ({ credential, ...violation })),
      ),
    ).toEqual([]);
    expect(report.passed).toBe(true);
    expect(report.credentials.map(({ credential }) => credential)).toEqual(
      services().map(({ name }) => name),
    );
    const creates = report.credentials.flatMap(({ checks }) =>
      checks.filter(({ act, found }) => act === 'create' && found === 'done'),
    );
    expect(creates.length).toBeGreaterThan(5);
    const { hits } = await site.admin.search<{ ot_anomaly: { audit: { boundary: object } } }>({
      index: `logs-ot_anomaly.audit-${site.namespace}`,
      size: 50,
      query: { term: { 'event.action': 'boundary-verified' } },
    });
    expect(hits.hits.length).toBe(services().length);
    expect(hits.hits[0]?._source?.ot_anomaly.audit.boundary).toMatchObject({ passed: true, violations: [] });
  }, 300_000);

  it('names each prohibited action with what covers it, or as outside, and fails on one that nobody mapped', async () => {
    const { prohibited } = await verifyBoundary({
      credentials: [],
      streams: [],
      canaries: [],
      namespace: site.namespace,
      prohibitedActions: site.people.policies.aiGovernance.prohibited_actions,
      auditor: { part: 'registry', client: site.context.client },
      newId: site.context.newId,
      now: () => new Date(),
    });
    expect(prohibited.map(({ coverage }) => coverage?.covered)).toEqual([false, false, true, false, true]);
    const unknown = await verifyBoundary({
      credentials: [],
      streams: [],
      canaries: [],
      namespace: site.namespace,
      prohibitedActions: ['open the valve'],
      auditor: { part: 'registry', client: site.context.client },
      newId: site.context.newId,
      now: () => new Date(),
    });
    expect(unknown).toMatchObject({ passed: false, prohibited: [{ coverage: undefined }] });
  });

  it('is violated by a key that can overwrite, make a pipeline or write a decision, and each way is named', async () => {
    const role = services().find(({ name }) => name === 'ot_anomaly_triage');
    if (role === undefined) throw new Error('no triage role');
    const { encoded } = await site.admin.security.createApiKey({
      name: 'overstepping',
      expiration: '1h',
      role_descriptors: {
        wide: {
          cluster: ['manage_ingest_pipelines'],
          indices: [{ names: ['logs-ot_anomaly.*'], privileges: ['read', 'create_doc', 'index', 'delete'] }],
        },
      },
    });
    const client = clientWith(encoded);
    const checks = await checkBoundary(
      client,
      role,
      streamNames(site.namespace),
      canaryStreams(),
      site.context.newId(),
      new Date(),
    );
    await site.admin.ingest.deletePipeline({ id: 'ot_anomaly-boundary_canary' });
    await client.close();
    const acts = new Set(checks.filter(({ ok }) => !ok).map(({ act }) => act));
    for (const act of ['privilege', 'update', 'delete', 'pipeline', 'decision'])
      expect([...acts]).toContain(act);
  });

  it('is checked by each worker of its own key, which tries nothing with one that may too much', async () => {
    const own = {
      part: 'triage',
      namespace: site.namespace,
      newId: site.context.newId,
      now: () => new Date(),
    };
    expect(await violationsOfOwn({ ...own, client: site.client('triage') })).toEqual([]);
    const found = await violationsOfOwn({ ...own, client: site.admin });
    expect(found).toContain('privilege cluster:manage_security: expected may not, may');
    expect(found.every((line) => line.startsWith('privilege '))).toBe(true);
    const told: string[] = [];
    const stop = new AbortController();
    await watchBoundary({
      ...own,
      client: site.admin,
      log: pino({ level: 'silent' }),
      signal: stop.signal,
      onChecked: async (violations) => {
        told.push(...violations);
        stop.abort();
      },
    });
    expect(told).toEqual(found);
  });

  it('leaves a record of each check of the scorer’s own key, kept or not', async () => {
    const { namespace, context } = site;
    const client = site.client('scorer');
    const own = { client, namespace, newId: context.newId, now: () => new Date() };
    const stop = new AbortController();
    await watchBoundary({
      ...own,
      part: 'scorer',
      log: pino({ level: 'silent' }),
      signal: stop.signal,
      onChecked: async (violations) => {
        await tellBoundary(own, violations);
        stop.abort();
      },
    });
    await tellBoundary(own, ['privilege cluster:all: expected may not, may']);
    const { hits } = await site.admin.search<{ event: { action: string; outcome: string } }>({
      index: `logs-ot_anomaly.audit-${namespace}`,
      query: { term: { 'ot_anomaly.audit.part': 'scorer' } },
      sort: ['ot_anomaly.audit.sequence'],
    });
    expect(hits.hits.map(({ _source }) => [_source?.event.action, _source?.event.outcome])).toEqual([
      ['boundary-verified', 'success'],
      ['boundary-violated', 'failure'],
    ]);
  });
});
