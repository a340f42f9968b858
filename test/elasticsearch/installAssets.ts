import { Client } from '@elastic/elasticsearch';
import { DEFAULT_PROFILE } from '../../src/profiles/load.js';
import { componentTemplates, indexTemplates, pipelines, roles } from '../../src/setup/assets.js';
import { installComponentTemplate, installIndexTemplate, installPipeline } from '../../src/setup/install.js';
import { sourcePatterns, withSources } from '../../src/setup/sourceRights.js';
import { ensureStream, streamNames } from '../../src/setup/streams.js';
import { cluster, testElasticsearch } from './cluster.js';

/** Installs pipelines and templates and makes a namespace's streams, sources and outputs; no users, no keys. */
export async function installAssets(namespace: string): Promise<void> {
  const client = cluster();
  for (const asset of pipelines()) await installPipeline(client, asset);
  for (const asset of componentTemplates()) await installComponentTemplate(client, asset);
  for (const asset of indexTemplates()) await installIndexTemplate(client, asset);
  for (const name of streamNames(namespace)) await ensureStream(client, name);
  await client.close();
}

/**
 * An API key with exactly the rights of one role file, with fewer where `without` names some, and for the indices of
 * profiles where they are given.
 */
export async function keyOf(
  role: string,
  without: readonly string[] = [],
  profiles: readonly string[] = [DEFAULT_PROFILE],
): Promise<string> {
  const file = roles().find(({ name }) => name === role);
  if (file === undefined) throw new Error(`no role file ${role}`);
  const found = withSources(file, sourcePatterns(profiles));
  const client = cluster();
  const indices = found.indices.map(({ names, privileges }) => ({
    names,
    privileges: privileges.filter((privilege) => !without.includes(privilege)),
  }));
  const { encoded } = await client.security.createApiKey({
    name: `test-${role}`,
    expiration: '1h',
    role_descriptors: { only: { cluster: found.cluster, indices } },
  });
  await client.close();
  return encoded;
}

/** A client that holds nothing but this key. */
export function clientWith(apiKey: string): Client {
  return new Client({ node: testElasticsearch().url, auth: { apiKey } });
}
