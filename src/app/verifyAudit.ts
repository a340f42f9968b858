import type { Client } from '@elastic/elasticsearch';
import { readAudit } from '../elasticsearch/auditLog.js';
import { type ChainReport, type StoredRecord, verifyChain } from '../governance/audit/chain.js';
import { readAnchors } from '../registry/auditAnchor.js';

/** Reads the whole audit stream and checks its chain, against the heads in `anchorFile` if there is one. */
export async function verifyAudit(
  client: Client,
  namespace: string,
  anchorFile: string | undefined,
): Promise<ChainReport> {
  const records: StoredRecord[] = [];
  for await (const record of readAudit(client, namespace)) records.push(record);
  return verifyChain(records, anchorFile === undefined ? [] : readAnchors(anchorFile, namespace));
}
