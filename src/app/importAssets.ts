import type { Client } from '@elastic/elasticsearch';
import type { Asset } from '../anomaly/assetContext.js';
import { readAssets, writeAssets } from '../elasticsearch/assetStore.js';
import { ElasticsearchError } from '../elasticsearch/errors.js';
import { canonicalBytes } from '../registry/digest.js';

export interface Imported {
  readonly created: number;
  readonly unchanged: number;
}

/** Adds a new document for each asset that differs from the newest one of its address. */
export async function importAssets(
  client: Client,
  namespace: string,
  assets: readonly Asset[],
  now: Date,
): Promise<Imported> {
  const newest = new Map(
    (await readAssets(client, namespace)).map((asset) => [asset.address, canonicalBytes(asset)]),
  );
  const changed = assets.filter((asset) => newest.get(asset.address)?.equals(canonicalBytes(asset)) !== true);
  const { created, rejected } = await writeAssets(client, namespace, changed, now);
  const refused = rejected[0];
  if (refused !== undefined) {
    throw new ElasticsearchError(
      'rejected',
      `${rejected.length} of ${changed.length} assets were refused, the first with: ${refused.reason}`,
      'Run "ot-anomaly setup", then import again: what is already there is left alone.',
    );
  }
  return { created, unchanged: assets.length - changed.length };
}
