import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { type Asset, assetSchema } from '../anomaly/assetContext.js';
import { ECS_VERSION } from '../anomaly/document.js';
import { canonicalBytes, sha256 } from '../registry/digest.js';
import { bulkCreate, type Created } from './bulkCreate.js';
import { explaining } from './errors.js';
import { PointInTime } from './pointInTime.js';

const ASSETS_A_PAGE = 1_000;
const stored = z.object({ ot_anomaly: z.object({ asset: assetSchema }) });

/** Adds assets as new documents; Elasticsearch stamps the author. */
export async function writeAssets(
  client: Client,
  namespace: string,
  assets: readonly Asset[],
  now: Date,
): Promise<Created> {
  const documents = assets.map((asset) => ({
    id: sha256(Buffer.concat([canonicalBytes(asset), Buffer.from(now.toISOString())])).slice(0, 40),
    document: {
      '@timestamp': now.toISOString(),
      message: `${asset.name} (${asset.address})`,
      ecs: { version: ECS_VERSION },
      data_stream: { type: 'logs', dataset: 'ot_anomaly.asset', namespace },
      event: {
        kind: 'asset',
        category: ['host'],
        type: ['info'],
        module: 'ot_anomaly',
        dataset: 'ot_anomaly.asset',
        action: 'asset-imported',
      },
      ot_anomaly: { asset },
    },
  }));
  return bulkCreate(client, stream(namespace), documents, { refresh: true });
}

/** Every asset document of a namespace, oldest first, so that for an address the newest wins. */
export async function readAssets(client: Client, namespace: string): Promise<readonly Asset[]> {
  return explaining('reading the asset inventory', async () => {
    const pit = await PointInTime.open(client, stream(namespace));
    const assets: Asset[] = [];
    try {
      const pages = pit.pages({
        size: ASSETS_A_PAGE,
        _source: ['ot_anomaly.asset'],
        query: { term: { 'event.kind': 'asset' } },
        sort: [{ 'event.ingested': { order: 'asc', format: 'strict_date_optional_time_nanos' } }],
      });
      for await (const page of pages) {
        for (const { source } of page) {
          const parsed = stored.safeParse(source);
          if (parsed.success) assets.push(parsed.data.ot_anomaly.asset);
        }
      }
    } finally {
      await pit.close().catch(() => {}); // it expires by itself
    }
    return assets;
  });
}

function stream(namespace: string): string {
  return `logs-ot_anomaly.asset-${namespace}`;
}
