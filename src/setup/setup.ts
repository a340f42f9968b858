import type { Client } from '@elastic/elasticsearch';
import type { Keys, PartKey } from '../config/keys.js';
import { explaining } from '../elasticsearch/errors.js';
import { componentTemplates, indexTemplates, pipelines, roles } from './assets.js';
import { installComponentTemplate, installIndexTemplate, installPipeline, type Step } from './install.js';
import { ensurePart, ensureRole, installedSources, type KeyOptions, partOf } from './parts.js';
import { withSources } from './sourceRights.js';
import { ensureFields } from './streamFields.js';
import { canaryStreams, ensureStreams, streamNames } from './streams.js';

export interface SetupOptions extends KeyOptions {
  readonly namespace: string;
  readonly keys: Keys;
  /** index patterns that scorer and trainer may read; by default what an earlier set-up gave, or our own streams */
  readonly sources?: readonly string[];
  /** called before the cluster is asked for the next key, so that no key is ever lost */
  readonly saveKeys: (keys: Keys) => void;
  readonly onStep: (step: Step) => void;
}

/**
 * Installs pipelines, templates, roles, users and streams, and an API key for each part.
 * Every step leaves alone what is already so; running it twice changes nothing.
 */
export async function setup(client: Client, options: SetupOptions): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const done = (step: Step) => {
    steps.push(step);
    options.onStep(step);
  };
  await explaining('asking Elasticsearch who we are', () => client.security.authenticate());
  for (const asset of pipelines()) done(await installPipeline(client, asset));
  for (const asset of componentTemplates()) done(await installComponentTemplate(client, asset));
  for (const asset of indexTemplates()) done(await installIndexTemplate(client, asset));
  const existing: string[] = [];
  for (const step of await ensureStreams(client, [...streamNames(options.namespace), ...canaryStreams()])) {
    done(step);
    if (step.change !== 'created') existing.push(step.name);
  }
  for (const step of await ensureFields(client, existing)) done(step);

  let keys: Record<string, PartKey> = { ...options.keys };
  for (const file of roles()) {
    const sources = options.sources ?? (await installedSources(client, file));
    const role = sources === undefined ? file : withSources(file, sources);
    const step = await ensureRole(client, role);
    done(step);
    if (!role.service_user) continue;
    const part = await ensurePart(client, role, keys, options, step.change !== 'unchanged');
    for (const step of part.steps) done(step);
    if (keys[partOf(role)] !== part.key) {
      keys = { ...keys, [partOf(role)]: part.key };
      options.saveKeys(keys);
    }
  }
  return steps;
}
