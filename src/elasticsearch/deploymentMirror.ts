import type { Client } from '@elastic/elasticsearch';
import { bulkCreate } from './bulkCreate.js';
import { outputDocument } from './outputDocument.js';

/** A change of what runs, for people to look at in Kibana. The signed files in the registry are what counts. */
export interface DeploymentMirror {
  readonly stage: 'staging' | 'production';
  readonly action: 'model-staged' | 'model-deployed' | 'threshold-changed' | 'model-rolled-back';
  readonly message: string;
  readonly sequence?: number;
  readonly sha256: string;
  readonly modelSha256: string;
  readonly previousModelSha256?: string;
  readonly rollbackModelSha256?: string;
  readonly alertLine?: number;
  readonly structureOnly?: boolean;
  readonly people: readonly string[];
  readonly ticket?: string;
}

export async function mirrorDeployment(
  client: Client,
  namespace: string,
  mirror: DeploymentMirror,
  now: Date,
): Promise<void> {
  const { stage, sequence, sha256, people, ticket } = mirror;
  const deployment = {
    stage,
    ...(sequence === undefined ? {} : { sequence }),
    sha256,
    model_sha256: mirror.modelSha256,
    ...(mirror.previousModelSha256 === undefined
      ? {}
      : { previous_model_sha256: mirror.previousModelSha256 }),
    ...(mirror.rollbackModelSha256 === undefined
      ? {}
      : { rollback_model_sha256: mirror.rollbackModelSha256 }),
    ...(mirror.alertLine === undefined ? {} : { alert_line: mirror.alertLine }),
    ...(mirror.structureOnly === undefined ? {} : { structure_only: mirror.structureOnly }),
    people,
    ...(ticket === undefined ? {} : { ticket }),
  };
  const id = `${mirror.action}-${sha256}`;
  const document = outputDocument('deployment', namespace, now, { ...mirror, id }, { deployment });
  await bulkCreate(client, `logs-ot_anomaly.deployment-${namespace}`, [{ id, document }], { refresh: true });
}
