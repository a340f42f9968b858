import { mirrorDeployment } from '../../elasticsearch/deploymentMirror.js';
import { readIncidents } from '../../elasticsearch/incidents.js';
import { readRequest } from '../../governance/approval/request.js';
import { type DeploymentRecord, readRecord } from '../../governance/deployment/record.js';
import { type Deployment, verifyDeployments } from '../../governance/deployment/verifyDeployments.js';
import { GovernanceError } from '../../governance/governanceError.js';
import type { Policies } from '../../governance/policy/policyFiles.js';
import { deploymentRefusals } from '../../registry/deploymentFitness.js';
import { audit, type GovernanceContext, policiesInForce } from './context.js';
import { refusalsOfMoment } from './moment.js';

export type DeployResult =
  | { readonly deployed: Deployment }
  | { readonly refusals: readonly { readonly code: string; readonly message: string }[] };

/** The deployments of the registry as this host may rely on them. @throws {GovernanceError} untrusted */
export function deploymentHistory(context: GovernanceContext, policies: Policies) {
  const { files, pinned, namespace, now } = context;
  return verifyDeployments(files.readDeployments(), {
    namespace,
    policies,
    accepted: pinned.deployments,
    now: now(),
  });
}

/**
 * Puts into production what people signed: the model, its line, and the model to go back to. Every reason against it is
 * named at once; nothing is put in force before the audit record of it is stored and anchored.
 *
 * @throws {GovernanceError} untrusted, not_found, invalid_document
 */
export async function deployModel(context: GovernanceContext, requestSha256: string): Promise<DeployResult> {
  const { files, client, namespace, now } = context;
  const policies = policiesInForce(context);
  const history = deploymentHistory(context, policies);
  const { request, approvals } = files.readRequest(requestSha256);
  const record: DeploymentRecord = { kind: 'deployment', request, approvals: [...approvals] };
  const read = readRecord('request', record);
  if (read.kind !== 'deployment') throw new TypeError('a request is a deployment');
  const intent = await audit(context, {
    action: 'deployment-requested',
    message: `deployment ${read.content.sequence} of model ${read.content.model_sha256.slice(0, 12)} at ${read.content.alert_line}`,
    modelSha256: read.content.model_sha256,
    requestSha256,
    policies: policies.digests,
  });

  const next = verifyDeployments([...files.readDeployments(), record], {
    namespace,
    policies,
    accepted: context.pinned.deployments,
    now: now(),
  });
  const deployment = next.deployments[history.deployments.length];
  const previous = history.deployments[history.deployments.length - 1];
  const refusals = [
    ...[...new Set([...history.problems, ...next.problems])].map((message) => ({
      code: 'not_signed',
      message,
    })),
    ...deploymentRefusals(
      { ...read.content, modelSha256: read.content.model_sha256 },
      {
        files,
        policies,
        incidents: await readIncidents(client, namespace),
        previous: previous?.modelSha256,
        at: now(),
      },
    ),
    ...(await refusalsOfMoment(context, intent, policies)),
  ];
  if (refusals.length > 0 || deployment === undefined) {
    await audit(context, {
      action: 'deployment-refused',
      message: `deployment ${read.content.sequence} refused`,
      outcome: 'failure',
      modelSha256: read.content.model_sha256,
      requestSha256,
      policies: policies.digests,
      reasons: refusals.map(({ code, message }) => `${code}: ${message}`),
    });
    return { refusals };
  }
  const isSameModel = previous?.modelSha256 === deployment.modelSha256;
  const what = isSameModel ? 'threshold-changed' : 'model-deployed';
  const message = `deployment ${deployment.sequence}: model ${deployment.modelSha256.slice(0, 12)} alerts below ${deployment.alertLine}, signed by ${deployment.people.join(' and ')}`;
  await audit(context, {
    action: what,
    message,
    outcome: 'success',
    modelSha256: deployment.modelSha256,
    requestSha256,
    policies: policies.digests,
  });
  await putInForce(context, deployment, record, previous, {
    action: what,
    message,
    ticket: readRequest('request', request).request.ticket,
  });
  return { deployed: deployment };
}

/** Adds the record, remembers it on this host, and shows it in Elasticsearch. The audit record is written already. */
export async function putInForce(
  context: GovernanceContext,
  deployment: Deployment,
  record: DeploymentRecord,
  previous: Deployment | undefined,
  mirror: {
    readonly action: 'model-deployed' | 'threshold-changed' | 'model-rolled-back';
    readonly message: string;
    readonly ticket?: string;
  },
): Promise<void> {
  const { files, pinned, client, namespace, now } = context;
  await files.addDeployment(deployment.sequence, record);
  pinned.acceptDeployments([deployment], now());
  await mirrorDeployment(
    client,
    namespace,
    {
      stage: 'production',
      ...deployment,
      ...mirror,
      ...(previous === undefined ? {} : { previousModelSha256: previous.modelSha256 }),
      ...(deployment.rollback === null ? {} : { rollbackModelSha256: deployment.rollback.model_sha256 }),
    },
    now(),
  );
}

export function refused(
  what: string,
  refusals: readonly { readonly code: string; readonly message: string }[],
): GovernanceError {
  return new GovernanceError(
    'refused',
    `${what} is refused:\n${refusals.map(({ code, message }) => `  ${code}: ${message}`).join('\n')}`,
    'Nothing was changed. Each reason is named above.',
  );
}
