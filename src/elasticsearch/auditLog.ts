import type { Client } from '@elastic/elasticsearch';
import { ECS_VERSION } from '../anomaly/document.js';
import { createOne } from './bulkCreate.js';

/** What a part is about to do: written before it does it. */
export interface AuditRecord {
  readonly part: string;
  readonly action: string;
  readonly message: string;
  readonly modelSha256?: string;
}

/** Adds an audit record and returns once it is stored; the caller acts only after that. */
export async function writeAudit(
  client: Client,
  namespace: string,
  record: AuditRecord,
  id: string,
  now: Date,
): Promise<void> {
  const document = {
    '@timestamp': now.toISOString(),
    message: record.message,
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: 'ot_anomaly.audit', namespace },
    event: {
      kind: 'event',
      category: ['configuration'],
      type: ['info'],
      action: record.action,
      module: 'ot_anomaly',
      dataset: 'ot_anomaly.audit',
    },
    ot_anomaly: {
      audit: {
        part: record.part,
        ...(record.modelSha256 === undefined ? {} : { model_sha256: record.modelSha256 }),
      },
    },
  };
  await createOne(client, `logs-ot_anomaly.audit-${namespace}`, { id, document }, { refresh: false });
}
