import type { Client } from '@elastic/elasticsearch';
import type { Inventory } from '../anomaly/assetContext.js';
import { anomalyDocument } from '../anomaly/document.js';
import type { MaintenancePlan } from '../anomaly/maintenancePlan.js';
import { bulkCreate, type NewDocument } from '../elasticsearch/bulkCreate.js';
import { ElasticsearchError } from '../elasticsearch/errors.js';
import { findExisting } from '../elasticsearch/findExisting.js';
import type { LoadedModel } from '../registry/store.js';
import { anomalyId, groupId } from '../scoring/anomalyId.js';
import type { Telling } from '../scoring/telling.js';
import { alertLineOf } from './scorerOf.js';

export interface Written {
  readonly created: number;
  readonly alreadyWritten: number;
}

export interface WriteOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly model: LoadedModel;
  readonly inventory: Inventory;
  readonly maintenance: MaintenancePlan;
  readonly now: Date;
}

/**
 * Writes tellings as new anomaly documents, searchable when this returns. Ids are unique within a backing index
 * only, so what an earlier one holds is looked for first.
 *
 * An anomaly whose source row Elasticsearch won't take (a value its mapping can't hold) is written without the
 * row: the alert matters more, and it names the row by index and id.
 *
 * @throws {ElasticsearchError} when anything could not be written; writing again is safe
 */
export async function writeTellings(tellings: readonly Telling[], options: WriteOptions): Promise<Written> {
  const { client, namespace } = options;
  const index = `logs-ot_anomaly.anomaly-${namespace}`;
  const byId = new Map(tellings.map((telling) => [idOf(telling, options.model), telling]));
  const existing = await findExisting(client, [index], [...byId.keys()]);
  const missing = [...byId].filter(([id]) => !existing.has(id));
  const before = tellings.length - missing.length;

  const first = await bulkCreate(
    client,
    index,
    missing.map(([id, telling]) => toDocument(id, telling, options)),
    { refresh: true },
  );
  const bare = first.rejected.flatMap(({ document: { id } }) => {
    const telling = byId.get(id);
    return telling === undefined
      ? []
      : [toDocument(id, telling, options, { omitted: 'refused by Elasticsearch' })];
  });
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
    alreadyWritten: before + first.alreadyWritten + second.alreadyWritten,
  };
}

function idOf({ finding: { arrival }, grouped: { group }, as }: Telling, model: LoadedModel): string {
  return as === 'alert'
    ? groupId(model.sha256, group)
    : anomalyId(model.sha256, group, arrival.index, arrival.id);
}

function toDocument(id: string, telling: Telling, options: WriteOptions, row?: unknown): NewDocument {
  const { finding, grouped, as, count } = telling;
  const { arrival, observation, verdict } = finding;
  const { group, parts } = grouped;
  const { model, inventory, maintenance, namespace, now } = options;
  const source = {
    index: arrival.index,
    id: arrival.id,
    ingested: arrival.ingested,
    document: row ?? arrival.document,
  };
  const grouping = { group, parts, id: groupId(model.sha256, group), isAlert: as === 'alert', ...count };
  return {
    id,
    document: anomalyDocument(observation, verdict, source, grouping, {
      modelSha256: model.sha256,
      lab: model.deployment === undefined,
      alertLine: alertLineOf(model),
      ...(model.deployment === undefined ? {} : { deployment: model.deployment.sequence }),
      ...(model.deployment?.policies === undefined ? {} : { policies: { ...model.deployment.policies } }),
      inventory,
      maintenance,
      namespace,
      now,
    }),
  };
}
