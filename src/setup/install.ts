import type { Client } from '@elastic/elasticsearch';
import { explaining } from '../elasticsearch/errors.js';
import { type Asset, MANAGED_BY } from './assets.js';

export type Change = 'created' | 'updated' | 'unchanged';

/** One thing that set-up made sure of. */
export interface Step {
  readonly what:
    | 'pipeline'
    | 'component template'
    | 'index template'
    | 'role'
    | 'user'
    | 'data stream'
    | 'API key';
  readonly name: string;
  readonly change: Change;
}

/** Installs one file unless the cluster holds this very version; the digest in `_meta` tells. */
export type Install = (client: Client, asset: Asset) => Promise<Step>;

export const installPipeline: Install = async (client, { name, body, sha256 }) =>
  ensure('pipeline', name, sha256, {
    installed: async () => {
      const found = await client.ingest.getPipeline({ id: name }, { ignore: [404] });
      return metaDigest(found[name]?._meta);
    },
    put: () => client.ingest.putPipeline({ id: name, ...body, _meta: meta(sha256) }),
  });

export const installComponentTemplate: Install = async (client, { name, body, sha256 }) =>
  ensure('component template', name, sha256, {
    installed: async () => {
      const found = await client.cluster.getComponentTemplate({ name }, { ignore: [404] });
      return metaDigest(found.component_templates?.[0]?.component_template._meta);
    },
    put: () => client.cluster.putComponentTemplate({ name, template: {}, ...body, _meta: meta(sha256) }),
  });

export const installIndexTemplate: Install = async (client, { name, body, sha256 }) =>
  ensure('index template', name, sha256, {
    installed: async () => {
      const found = await client.indices.getIndexTemplate({ name }, { ignore: [404] });
      return metaDigest(found.index_templates?.[0]?.index_template._meta);
    },
    put: () => client.indices.putIndexTemplate({ name, ...body, _meta: meta(sha256) }),
  });

async function ensure(
  what: Step['what'],
  name: string,
  sha256: string,
  { installed, put }: { installed: () => Promise<string | undefined>; put: () => Promise<unknown> },
): Promise<Step> {
  return explaining(`installing the ${what} ${name}`, async () => {
    const digest = await installed();
    if (digest === sha256) return { what, name, change: 'unchanged' };
    await put();
    return { what, name, change: digest === undefined ? 'created' : 'updated' };
  });
}

export function meta(sha256: string): Record<string, string> {
  return { managed_by: MANAGED_BY, sha256 };
}

export function metaDigest(found: unknown): string | undefined {
  if (typeof found !== 'object' || found === null || !('sha256' in found)) return undefined;
  return String(found.sha256);
}
