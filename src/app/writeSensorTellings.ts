import type { Client } from '@elastic/elasticsearch';
import { sensorDocument, sensorGroup } from '../anomaly/sensorDocument.js';
import { bulkCreate } from '../elasticsearch/bulkCreate.js';
import { fromStatus } from '../elasticsearch/errors.js';
import { findExisting } from '../elasticsearch/findExisting.js';
import { sensorAlertId } from '../scoring/anomalyId.js';
import type { SensorTelling } from '../sensor/condition.js';

/**
 * Writes what there is to tell of sensors as new anomaly documents, under ids that come from sensor, kind and
 * shift: a replay or a second scorer tells nothing twice.
 *
 * @returns how many were new
 * @throws {ElasticsearchError} when anything could not be written; writing again is safe
 */
export async function writeSensorTellings(
  client: Client,
  namespace: string,
  tellings: readonly SensorTelling[],
  now: Date,
): Promise<number> {
  const index = `logs-ot_anomaly.anomaly-${namespace}`;
  const documents = new Map(
    tellings.map((telling) => {
      const { key, shift } = sensorGroup(telling);
      const groupId = sensorAlertId(key, shift);
      const id =
        telling.what === 'ended' ? sensorAlertId(`${key}|ended`, Math.round(telling.since)) : groupId;
      return [id, { id, document: sensorDocument(telling, groupId, { namespace, now }) }];
    }),
  );
  const existing = await findExisting(client, [index], [...documents.keys()]);
  const missing = [...documents.values()].filter(({ id }) => !existing.has(id));
  const { created, rejected } = await bulkCreate(client, index, missing, { refresh: true });
  const refused = rejected[0];
  if (refused !== undefined) throw fromStatus(refused.status, refused.reason, 'writing sensor alerts');
  return created;
}
