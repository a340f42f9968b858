import { Client } from '@elastic/elasticsearch';
import type { Keys } from '../../src/config/keys.js';
import { setup } from '../../src/setup/setup.js';
import { cluster, testElasticsearch } from './cluster.js';

/** The users are the cluster's, shared by test files that run at once: each sets the same password. */
export const PASSWORD = 'shared-by-all-tests-of-this-run';

/** Runs set-up for a namespace on the test cluster, as `ot-anomaly setup` does, and returns the parts' keys. */
export async function setUp(namespace: string, client = cluster()): Promise<Keys> {
  let keys: Keys = {};
  await setup(client, {
    namespace,
    rotate: false,
    now: new Date(),
    newPassword: () => PASSWORD,
    keys: {},
    saveKeys: (saved) => {
      keys = saved;
    },
    onStep: () => {},
  });
  return keys;
}

/** A client that holds nothing but one part's API key. */
export function clientOf(keys: Keys, part: string, url = testElasticsearch().url): Client {
  const key = keys[part];
  if (key === undefined) throw new Error(`set-up made no key for ${part}`);
  return new Client({ node: url, auth: { apiKey: key.encoded } });
}
