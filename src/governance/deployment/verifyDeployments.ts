import { messageOf } from '../../errors.js';
import { evaluateApprovals } from '../approval/evaluate.js';
import { actionOf, type DeploymentContent } from '../approval/request.js';
import { isKeyValidAt, rolesAt } from '../policy/approvers.js';
import type { Policies } from '../policy/policyFiles.js';
import { validKeyIds } from '../signing/dsse.js';
import { type DeploymentRecord, type ReadRecord, readRecord } from './record.js';

/** Which model alerts, at which line, and by what right. */
export interface Deployment {
  readonly kind: 'deployment' | 'rollback';
  readonly sequence: number;
  /** digest of what was signed */
  readonly sha256: string;
  readonly modelSha256: string;
  readonly alertLine: number;
  /** true: only detectors of structure speak, because the model's rhythm may have learnt an intruder */
  readonly structureOnly: boolean;
  readonly rollback: DeploymentContent['rollback'];
  readonly evidence: DeploymentContent['evidence'] | undefined;
  /** who signed */
  readonly people: readonly string[];
}

/** What this host accepted earlier; kept outside the registry. */
export interface Accepted {
  readonly sequence: number;
  readonly sha256: string;
  /** ISO 8601 */
  readonly at: string;
  readonly modelSha256: string;
  readonly alertLine: number;
  readonly structureOnly: boolean;
}

export interface DeploymentFacts {
  readonly namespace: string;
  readonly policies: Policies;
  readonly accepted: readonly Accepted[];
  readonly now: Date;
}

export interface DeploymentHistory {
  /** those that verify, oldest first; the last one is in force */
  readonly deployments: readonly Deployment[];
  readonly problems: readonly string[];
}

/**
 * Follows the records from the first: each must be the next in number, name the one before, and bear the signatures
 * that its content needs. What was accepted earlier is judged as of then; what is new, as of now. The first record that
 * fails ends the history: what comes after it is not looked at.
 */
export function verifyDeployments(
  records: readonly DeploymentRecord[],
  facts: DeploymentFacts,
): DeploymentHistory {
  const deployments: Deployment[] = [];
  const problems: string[] = [];
  for (const [i, record] of records.entries()) {
    const found = judge(`deployment ${i + 1}`, record, deployments, facts);
    if ('problem' in found) {
      problems.push(`deployment ${i + 1}: ${found.problem}`);
      break;
    }
    deployments.push(found);
  }
  const newest = facts.accepted.reduce((max, { sequence }) => Math.max(max, sequence), 0);
  if (deployments.length < newest && problems.length === 0) {
    problems.push(
      `deployment ${deployments.length} is the newest here, but ${newest} was in force: an older state was put back`,
    );
  }
  return { deployments, problems };
}

function judge(
  name: string,
  record: DeploymentRecord,
  before: readonly Deployment[],
  facts: DeploymentFacts,
): Deployment | { readonly problem: string } {
  let read: ReadRecord;
  try {
    read = readRecord(name, record);
  } catch (error) {
    return { problem: messageOf(error) };
  }
  const sequence = before.length + 1;
  const previous = before[before.length - 1];
  const accepted = facts.accepted.find((entry) => entry.sequence === sequence);
  const { content } = read;
  if (accepted !== undefined && accepted.sha256 !== read.sha256)
    return { problem: `another one of this number was in force (${accepted.sha256.slice(0, 12)})` };
  if (content.namespace !== facts.namespace)
    return { problem: `it is for the site ${content.namespace}, not ${facts.namespace}` };
  if (content.sequence !== sequence) return { problem: `it says it is number ${content.sequence}` };
  const at = accepted === undefined ? facts.now : new Date(accepted.at);
  return read.kind === 'rollback'
    ? judgeRollback(read, previous, facts, at)
    : judgeDeployment(read, before, facts, at, accepted !== undefined);
}

function judgeDeployment(
  read: Extract<ReadRecord, { kind: 'deployment' }>,
  before: readonly Deployment[],
  { policies }: DeploymentFacts,
  at: Date,
  acceptedEarlier: boolean,
): Deployment | { readonly problem: string } {
  const previous = before[before.length - 1];
  const { content, sha256 } = read;
  if (content.previous !== (previous?.sha256 ?? null))
    return { problem: 'it does not follow the deployment before it' };
  const used = new Set(before.map((deployment) => deployment.sha256));
  const verdict = evaluateApprovals(read.request, read.approvals, { policies, at, used, acceptedEarlier });
  const needed = actionOf(content, previous?.alertLine);
  if (verdict.request.action !== needed)
    return { problem: `it was signed as "${verdict.request.action}", but is a "${needed}"` };
  if (!verdict.granted)
    return { problem: verdict.refusals.map(({ code, message }) => `${message} (${code})`).join('; ') };
  return {
    kind: 'deployment',
    sequence: content.sequence,
    sha256,
    modelSha256: content.model_sha256,
    alertLine: content.alert_line,
    structureOnly: false,
    rollback: content.rollback,
    evidence: content.evidence,
    people: verdict.approvals.map(({ approver }) => approver),
  };
}

/** Anybody in the approvers file who holds a role may go back, alone, to the one model that was signed in advance. */
function judgeRollback(
  { content, sha256, statement }: Extract<ReadRecord, { kind: 'rollback' }>,
  previous: Deployment | undefined,
  { policies }: DeploymentFacts,
  at: Date,
): Deployment | { readonly problem: string } {
  if (previous === undefined || content.of !== previous.sha256)
    return { problem: 'it goes back from a deployment that is not the one before it' };
  const signed = previous.rollback;
  if (
    signed === null ||
    signed.model_sha256 !== content.model_sha256 ||
    signed.alert_line !== content.alert_line ||
    signed.structure_only !== content.structure_only
  )
    return { problem: 'it goes back to something else than the deployment before it had signed in advance' };
  const person = policies.approvers.people.find(({ id }) => id === content.person);
  const keys = (person?.keys ?? [])
    .filter((key) => isKeyValidAt(key, at))
    .map(({ public_key }) => public_key);
  if (person === undefined || validKeyIds(statement, keys).length === 0)
    return { problem: `it bears no valid signature of ${content.person}` };
  if (new Date(content.signed_at) > at) return { problem: 'it was signed after now' };
  if (rolesAt(person, at).length === 0) return { problem: `${person.id} holds no role any more` };
  return {
    kind: 'rollback',
    sequence: content.sequence,
    sha256,
    modelSha256: content.model_sha256,
    alertLine: content.alert_line,
    structureOnly: content.structure_only,
    rollback: null,
    evidence: undefined,
    people: [person.id],
  };
}
