import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Keys } from '../../src/config/keys.js';
import type { Step } from '../../src/setup/install.js';
import { setup } from '../../src/setup/setup.js';
import { sourcePatterns } from '../../src/setup/sourceRights.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { clientOf } from './parts.js';

/**
 * What set-up does to the rights of scorer and trainer when it is told a profile. Roles are the cluster's, so this runs in one file with
 * whatever else gives them a profile's patterns.
 */
export function sourceRights(): void {
  const namespace = uniqueNamespace();
  const admin: Client = cluster();
  let keys: Keys = {};

  async function run(profiles: readonly string[] | undefined): Promise<readonly Step[]> {
    return setup(admin, {
      namespace,
      rotate: false,
      now: new Date(),
      newPassword: () => 'shared-by-all-tests-of-this-run',
      keys,
      ...(profiles === undefined ? {} : { sources: sourcePatterns(profiles) }),
      saveKeys: (saved) => {
        keys = saved;
      },
      onStep: () => {},
    });
  }

  const changed = (steps: readonly Step[], name: string) =>
    steps.filter((step) => step.name === name && step.change !== 'unchanged').map(({ what }) => what);

  beforeAll(async () => {
    for (const index of [`logs-zeek.modbus-${namespace}`, `filebeat-${namespace}`])
      await admin.index({ index, document: { '@timestamp': '2026-01-01T00:00:00Z' }, refresh: true });
    await run(['ot_zeek']);
  }, 300_000);
  afterAll(async () => {
    await run(['ot_zeek']);
    await admin.close();
  });

  it('gives scorer and trainer read on that profile’s indices and nothing more, with keys made anew', async () => {
    const before = clientOf(keys, 'scorer');
    await expect(before.count({ index: `logs-zeek.modbus-${namespace}` })).rejects.toThrow(
      /403|unauthorized/,
    );
    const steps = await run(['ot_zeek', 'elastic']);
    expect(changed(steps, 'ot_anomaly_scorer')).toEqual(expect.arrayContaining(['role', 'API key']));
    expect(changed(steps, 'ot_anomaly_ingest')).toEqual([]);
    await expect(before.security.authenticate()).rejects.toThrow(/401|security_exception/);
    for (const part of ['scorer', 'trainer']) {
      const client = clientOf(keys, part);
      expect((await client.count({ index: `logs-zeek.modbus-${namespace}` })).count).toBe(1);
      await expect(client.count({ index: `filebeat-${namespace}` })).rejects.toThrow(/403|unauthorized/);
      await expect(
        client.index({ index: `logs-zeek.modbus-${namespace}`, document: { a: 1 } }),
      ).rejects.toThrow(/403|unauthorized/);
      await client.close();
    }
    await before.close();
  }, 120_000);

  it('is remembered by the role: set-up without it changes nothing', async () => {
    const steps = await run(undefined);
    expect(changed(steps, 'ot_anomaly_scorer')).toEqual([]);
    expect(changed(steps, 'ot_anomaly_trainer')).toEqual([]);
  }, 120_000);
}
