import type { Client } from '@elastic/elasticsearch';
import { ECS_VERSION } from '../anomaly/document.js';
import type { Alert } from '../triage/alert.js';
import { bulkCreate } from './bulkCreate.js';
import { fromStatus } from './errors.js';

export function caseStream(namespace: string): string {
  return `logs-ot_anomaly.case-${namespace}`;
}

/** What an outside system told us of an alert, or was told. */
export interface CaseNote {
  readonly id: string;
  /** `triage-requested`, `case-attached`, `notification-delivered` or `notification-given-up` */
  readonly action: string;
  readonly message: string;
  readonly alert: Pick<Alert, 'id' | 'index'>;
  /** under `ot_anomaly` */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * Adds a note.
 *
 * @returns false if a note of this id was there already: the message came before
 */
export async function writeCaseNote(
  client: Client,
  namespace: string,
  { id, action, message, alert, fields = {} }: CaseNote,
  now: Date,
): Promise<boolean> {
  const document = {
    '@timestamp': now.toISOString(),
    message,
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: 'ot_anomaly.case', namespace },
    event: {
      kind: 'event',
      category: ['intrusion_detection'],
      type: ['info'],
      action,
      module: 'ot_anomaly',
      dataset: 'ot_anomaly.case',
    },
    ot_anomaly: { alert: { id: alert.id, index: alert.index }, ...fields },
  };
  const index = caseStream(namespace);
  const { created, rejected } = await bulkCreate(client, index, [{ id, document }], { refresh: true });
  const refused = rejected[0];
  if (refused !== undefined) throw fromStatus(refused.status, refused.reason, `writing to ${index}`);
  return created === 1;
}
