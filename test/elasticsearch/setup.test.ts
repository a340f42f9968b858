import { beforeAll, expect, it } from 'vitest';
import type { Keys } from '../../src/config/keys.js';
import type { Step } from '../../src/setup/install.js';
import { setup } from '../../src/setup/setup.js';
import { ensureStream } from '../../src/setup/streams.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';
import { newId } from './scoredSite.js';

const namespace = uniqueNamespace();
let keys: Keys;

beforeAll(async () => {
  keys = await setUp(namespace);
});

/** Set-up at a later day; what it saved, and what it changed. */
async function again(days: number): Promise<{ saved: Keys | undefined; changed: readonly Step[] }> {
  let saved: Keys | undefined;
  const steps = await setup(cluster(), {
    namespace,
    rotate: false,
    now: new Date(Date.now() + days * 86_400_000),
    newPassword: () => 'shared-by-all-tests-of-this-run',
    keys,
    saveKeys: (next) => {
      saved = next;
    },
    onStep: () => {},
  });
  return { saved, changed: steps.filter(({ change }) => change !== 'unchanged') };
}

it('changes nothing when it is run again', async () => {
  expect(await again(0)).toEqual({ saved: undefined, changed: [] });
});

it('gives a stream that another template made the pipeline that stamps authors', async () => {
  const admin = cluster();
  const name = `logs-ot_anomaly.decision-${uniqueNamespace()}`;
  // As an integration's: of a higher priority here, so that it rules over ours until it is gone.
  await admin.indices.putIndexTemplate({ name, index_patterns: [name], priority: 900, data_stream: {} });
  const document = { '@timestamp': new Date().toISOString(), user: { name: 'forged' } };
  const author = async () => {
    const id = newId();
    await admin.create({ index: name, id, pipeline: '_none', refresh: true, document });
    const { hits } = await admin.search<typeof document>({ index: name, query: { ids: { values: [id] } } });
    return hits.hits[0]?._source?.user.name;
  };
  expect(await author()).toBe('forged');
  await admin.indices.deleteIndexTemplate({ name });
  expect(await ensureStream(admin, name)).toMatchObject({ change: 'updated' });
  const { username } = await admin.security.authenticate();
  expect(await author()).toBe(username);
  expect(await ensureStream(admin, name)).toMatchObject({ change: 'unchanged' });
  await admin.close();
});

it('leaves a key alone that has 15 days left, and renews it from 14 on', async () => {
  expect((await again(75)).saved).toBeUndefined();
  const { saved } = await again(77);
  expect(saved?.['scorer']?.id).not.toBe(keys['scorer']?.id);
  const renewed = clientOf(saved ?? {}, 'scorer');
  expect(await renewed.security.authenticate()).toMatchObject({ username: 'ot_anomaly_scorer' });
  await renewed.close();
});

it('lets checkpoints and heartbeats go by age where the lifecycle of data streams is managed, which this build does not', async () => {
  const admin = cluster();
  const state = (await admin.cluster.state({ metric: 'metadata' })) as unknown as {
    metadata: { data_stream: { data_stream: Record<string, { lifecycle?: unknown }> } };
  };
  const lifecycleOf = (stream: string) =>
    state.metadata.data_stream.data_stream[`${stream}-${namespace}`]?.lifecycle;
  expect(lifecycleOf('logs-ot_anomaly.checkpoint')).toMatchObject({ enabled: true, data_retention: '30d' });
  expect(lifecycleOf('metrics-ot_anomaly.scorer')).toMatchObject({ enabled: true, data_retention: '90d' });
  for (const kept of ['logs-ot_anomaly.anomaly', 'logs-ot_anomaly.audit', 'logs-ot_anomaly.decision'])
    expect(lifecycleOf(kept)).toBeUndefined();
  const name = `logs-ot_anomaly.checkpoint-${namespace}`;
  await admin.indices.getDataLifecycle({ name }).then(
    // A whole distribution: an existing stream got its retention from set-up itself.
    ({ data_streams }) => expect(data_streams[0]?.lifecycle?.data_retention).toBe('30d'),
    (error: unknown) => expect(String(error)).toMatch(/no handler found/),
  );
});
