import type { Client } from '@elastic/elasticsearch';
import { readAudit, writeAudit } from '../elasticsearch/auditLog.js';
import { type ChainReport, type StoredRecord, verifyChain } from '../governance/audit/chain.js';
import type { ClockBounds } from '../governance/audit/clocks.js';
import { readAnchors } from '../registry/auditAnchor.js';

/** Problems that a record of a verification names; the rest is counted. */
const NAMED_AT_MOST = 50;

/** Reads the whole audit stream and checks its chain, against the heads in `anchorFile` if there is one. */
export async function verifyAudit(
  client: Client,
  namespace: string,
  anchorFile: string | undefined,
  clocks?: ClockBounds,
): Promise<ChainReport> {
  const records: StoredRecord[] = [];
  for await (const record of readAudit(client, namespace)) records.push(record);
  return verifyChain(records, anchorFile === undefined ? [] : readAnchors(anchorFile, namespace), clocks);
}

/** Adds what a verification found to the chain, where a detection rule sees it. */
export async function recordAudit(
  client: Client,
  namespace: string,
  { problems, records }: ChainReport,
  id: string,
  now: Date,
): Promise<void> {
  const broken = problems.length > 0;
  await writeAudit(
    client,
    namespace,
    {
      part: 'audit',
      action: broken ? 'audit-chain-broken' : 'audit-verified',
      outcome: broken ? 'failure' : 'success',
      message: broken
        ? `the audit chain is broken: ${problems.length} problems in ${records} records`
        : `the audit chain holds: ${records} records`,
      ...(broken ? { reasons: problems.slice(0, NAMED_AT_MOST).map(({ message }) => message) } : {}),
    },
    id,
    now,
  );
}
