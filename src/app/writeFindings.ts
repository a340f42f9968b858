import type { Client } from '@elastic/elasticsearch';
import type { Inventory } from '../anomaly/assetContext.js';
import { anomalyDocument } from '../anomaly/document.js';
import { bulkCreate, type NewDocument } from '../elasticsearch/bulkCreate.js';
import { ElasticsearchError } from '../elasticsearch/errors.js';
import type { LoadedModel } from '../registry/store.js';
import { anomalyId } from '../scoring/anomalyId.js';
import type { Finding } from '../scoring/scoringStage.js';

export interface Written {
  readonly created: number;
  readonly alreadyWritten: number;
}

export interface WriteOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly model: LoadedModel;
  readonly inventory: Inventory;
  readonly now: Date;
}

/**
 * Writes findings as new anomaly documents, searchable when this returns.
 *
 * An anomaly whose source row Elasticsearch won't take (a value its mapping can't hold) is written without the
 * row: the alert matters more, and it names the row by index and id.
 *
 * @throws {ElasticsearchError} when anything could not be written; writing again is safe
 */
export async function writeFindings(findings: readonly Finding[], options: WriteOptions): Promise<Written> {
  const { client, namespace } = options;
  const index = `logs-ot_anomaly.anomaly-${namespace}`;
  const documents = findings.map((finding) => toDocument(finding, options, finding.arrival.document));
  const first = await bulkCreate(client, index, documents, { refresh: true });
  if (first.rejected.length === 0) return first;

  const ids = new Set(first.rejected.map(({ document }) => document.id));
  const bare = findings
    .map((finding) => toDocument(finding, options, { omitted: 'refused by Elasticsearch' }))
    .filter(({ id }) => ids.has(id));
  const second = await bulkCreate(client, index, bare, { refresh: true });
  const refused = second.rejected[0];
  if (refused !== undefined) {
    throw new ElasticsearchError(
      'rejected',
      `${second.rejected.length} anomalies were refused, the first with: ${refused.reason} (HTTP ${refused.status})`,
      'Run "ot-anomaly setup": the template of the anomaly stream may be old.',
    );
  }
  return {
    created: first.created + second.created,
    alreadyWritten: first.alreadyWritten + second.alreadyWritten,
  };
}

function toDocument(
  { arrival, observation, verdict }: Finding,
  options: WriteOptions,
  document: unknown,
): NewDocument {
  const { model, inventory, namespace, now } = options;
  const source = { index: arrival.index, id: arrival.id, ingested: arrival.ingested, document };
  return {
    id: anomalyId(model.sha256, arrival.index, arrival.id),
    document: anomalyDocument(observation, verdict, source, {
      modelSha256: model.sha256,
      lab: model.model.baseline.shortBaseline,
      inventory,
      namespace,
      now,
    }),
  };
}
