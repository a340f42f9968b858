import type { Client } from '@elastic/elasticsearch';
import { type AuditRecord, writeAudit } from '../../elasticsearch/auditLog.js';
import type { ChainHead } from '../../governance/audit/chain.js';
import type { Policies } from '../../governance/policy/policyFiles.js';
import type { AuditAnchor } from '../../registry/auditAnchor.js';
import type { Pinned } from '../../registry/pinned.js';
import type { RegistryFiles } from '../../registry/registryFiles.js';
import { trustedPolicies } from '../../registry/trustedPolicies.js';

/** What every governed act works with. */
export interface GovernanceContext {
  readonly files: RegistryFiles;
  readonly pinned: Pinned;
  /** holds the registry part's key and nothing else */
  readonly client: Client;
  readonly namespace: string;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly anchor?: AuditAnchor;
  /** what Elasticsearch's clock said when it took this audit record; read from the record unless a test moves time */
  readonly serverClock?: (record: ChainHead) => Promise<Date>;
}

/** What reading the signed files takes: the registry, what this host trusts, and the time. */
export type RegistryView = Pick<GovernanceContext, 'files' | 'pinned' | 'now'>;

export function policiesInForce({ files, pinned, now }: RegistryView): Policies {
  return trustedPolicies(files, pinned, now());
}

/** Writes the audit record of an act that is about to take place. */
export async function audit(
  { client, namespace, now, newId, anchor }: GovernanceContext,
  record: Omit<AuditRecord, 'part'>,
): Promise<ChainHead> {
  const whole = { part: 'registry', ...record };
  return anchor === undefined
    ? writeAudit(client, namespace, whole, newId(), now())
    : writeAudit(client, namespace, whole, newId(), now(), anchor);
}
