import { auditRecord } from '../../elasticsearch/auditQueries.js';
import type { ChainHead } from '../../governance/audit/chain.js';
import { type DeploymentRefusal, momentRefusals } from '../../governance/deployment/evaluateModel.js';
import type { Policies } from '../../governance/policy/policyFiles.js';
import type { GovernanceContext } from './context.js';

/**
 * Whether this is a moment at which people may approve and deploy: clocks agree and run forward, no change freeze.
 *
 * @param record an audit record that was just written: Elasticsearch stamped it with its own clock
 */
export async function refusalsOfMoment(
  context: GovernanceContext,
  record: ChainHead,
  policies: Policies,
): Promise<readonly DeploymentRefusal[]> {
  const { client, namespace, now } = context;
  const own = await auditRecord(client, namespace, record.sequence);
  const before = await auditRecord(client, namespace, record.sequence - 1);
  const server = (await context.serverClock?.(record)) ?? own?.ingested ?? new Date(0);
  return momentRefusals(now(), { server, newestAudit: before?.at }, policies);
}
