import { OtAnomalyError } from '../../errors.js';
import type { Content } from '../../governance/approval/request.js';
import { GovernanceError } from '../../governance/governanceError.js';
import type { Policies } from '../../governance/policy/policyFiles.js';
import { fingerprint } from '../../governance/signing/fingerprint.js';
import { productionModel } from '../../registry/productionModel.js';
import { showApproval } from './approvals.js';
import { policiesInForce, type RegistryView } from './context.js';

/** A signed request that people have yet to sign, or that is granted and not yet carried out. */
export interface OpenRequest {
  readonly sha256: string;
  /** to be compared out of band before signing */
  readonly fingerprint: string;
  readonly action: string;
  /** what exactly, in words */
  readonly what: string;
  readonly requestedBy: string;
  /** ISO 8601 */
  readonly requestedAt: string;
  /** ISO 8601 */
  readonly expires: string;
  readonly ticket: string;
  readonly approvals: readonly { readonly approver: string; readonly role: string }[];
  /** people needed, of these roles */
  readonly minimum: number;
  readonly roles: readonly string[];
  readonly granted: boolean;
  /** what stands in the way, beside signatures that are missing */
  readonly problems: readonly string[];
}

export interface GovernanceStanding {
  /** false: no root of trust is pinned on this host, so that nothing signed can be verified here */
  readonly governed: boolean;
  readonly requests: readonly OpenRequest[];
  /** those that the root vouches for */
  readonly policies?: Policies;
  readonly deployment?: {
    readonly sequence: number;
    readonly modelSha256: string;
    readonly alertLine: number;
    readonly structureOnly: boolean;
  };
  /** what could not be verified */
  readonly problems: readonly string[];
}

const MISSING_ONLY = new Set(['too_few', 'too_few_roles']);
const OVER = new Set(['used', 'expired']);

/** What of the registry waits for people, and the deployment in force; verified, newest request first. */
export function governanceStanding(view: RegistryView, namespace: string): GovernanceStanding {
  if (!view.pinned.hasRoot) return { governed: false, requests: [], problems: [] };
  const problems: string[] = [];
  const orProblem = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof OtAnomalyError)) throw error;
      if (!problems.includes(error.message)) problems.push(error.message);
      return undefined;
    }
  };
  const policies = orProblem(() => policiesInForce(view));
  const requests = view.files
    .listRequests()
    .flatMap((digest) => orProblem(() => openRequest(view, digest)) ?? [])
    .sort((a, b) => b.requestedAt.localeCompare(a.requestedAt));
  const isDeployed = view.files.readDeployments().length > 0 || view.pinned.deployments.length > 0;
  const inForce = isDeployed
    ? orProblem(() => productionModel(view.files, view.pinned, namespace, view.now()))
    : undefined;
  problems.push(...(inForce?.problems ?? []).filter((problem) => !problems.includes(problem)));
  return {
    governed: true,
    requests,
    ...(policies === undefined ? {} : { policies }),
    ...(inForce === undefined
      ? {}
      : {
          deployment: {
            sequence: inForce.sequence,
            modelSha256: inForce.loaded.sha256,
            alertLine: inForce.alertLine,
            structureOnly: inForce.structureOnly,
          },
        }),
    problems,
  };
}

/** @throws {GovernanceError} untrusted if nobody who may ask has signed it: then whoever writes files asks */
function openRequest(view: RegistryView, digest: string): OpenRequest | undefined {
  const { request, sha256, requirement, approvals, refusals, granted } = showApproval(view, digest);
  if (refusals.some(({ code }) => OVER.has(code))) return undefined;
  const forged = refusals.find(({ code }) => code === 'requester_unknown');
  if (forged !== undefined)
    throw new GovernanceError(
      'untrusted',
      `the request ${sha256.slice(0, 12)} in the registry: ${forged.message}`,
      'Nobody asked for it. Find out who wrote to the registry.',
    );
  return {
    sha256,
    fingerprint: fingerprint(sha256),
    action: request.action,
    what: inWords(request.content),
    requestedBy: request.requested_by,
    requestedAt: request.requested_at,
    expires: request.expires,
    ticket: request.ticket,
    approvals: approvals.map(({ approver, role }) => ({ approver, role })),
    minimum: requirement.minimum_approvals,
    roles: requirement.approvers,
    granted,
    problems: refusals.filter(({ code }) => !MISSING_ONLY.has(code)).map(({ message }) => message),
  };
}

function inWords(content: Content): string {
  switch (content.kind) {
    case 'retrain':
      return `train on ${content.index} from ${content.from} to ${content.to}`;
    case 'deployment':
      return (
        `deployment ${content.sequence}: model ${content.model_sha256.slice(0, 12)}, alerts below ${content.alert_line}; ` +
        (content.rollback === null
          ? 'no model to go back to'
          : `to go back to: ${content.rollback.model_sha256.slice(0, 12)} at ${content.rollback.alert_line}${content.rollback.structure_only ? ', structure only' : ''}`)
      );
    case 'data-review':
      return `data from ${content.from} to ${content.to} reviewed after ${content.incidents.join(', ')}: ${content.finding}`;
    case 'new-asset':
      return `views leave out ${content.relations.length} relations of ${content.asset} until ${content.until}`;
  }
}
