import type { Client } from '@elastic/elasticsearch';
import { type AuditRecord, writeAudit } from '../../elasticsearch/auditLog.js';
import { createOne } from '../../elasticsearch/bulkCreate.js';
import { type HeldIndex, readHolds } from '../../elasticsearch/holds.js';
import { outputDocument } from '../../elasticsearch/outputDocument.js';
import { GovernanceError } from '../../governance/governanceError.js';
import { type Locked, lockIndex, unlockIndex } from '../../setup/lockIndex.js';

export interface HoldContext {
  /** an administrator's: none of this system's own keys can lock or unlock an index */
  readonly client: Client;
  readonly namespace: string;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** Locks every index that a hold which stands reaches into and that isn't locked yet, having said so. */
export async function lockOriginals(
  context: HoldContext,
): Promise<readonly (HeldIndex & { readonly result: Locked })[]> {
  const { client, namespace } = context;
  const open = (await readHolds(client, namespace)).filter(({ locked }) => !locked);
  if (open.length === 0) return [];
  await audit(
    context,
    'originals-locked',
    `locks ${open.map(({ index }) => index).join(', ')} under legal hold`,
  );
  const results: (HeldIndex & { readonly result: Locked })[] = [];
  for (const held of open) {
    const result = await lockIndex(client, held.index);
    if (result === 'locked')
      await note(context, 'original-locked', `${held.index} is locked`, { index: held.index });
    results.push({ ...held, result });
  }
  return results;
}

/**
 * Ends the hold on an alert or incident. The copies stay; originals that nothing else is held for are unlocked, and are
 * again what the site's retention makes of them.
 *
 * @returns the indices that were unlocked
 * @throws {GovernanceError} not_found
 */
export async function releaseHold(
  context: HoldContext,
  subject: string,
  reason: string,
): Promise<readonly string[]> {
  const { client, namespace } = context;
  const before = await readHolds(client, namespace);
  if (!before.some(({ subjects }) => subjects.includes(subject)))
    throw new GovernanceError(
      'not_found',
      `no hold stands on ${subject}`,
      'Look with "ot-anomaly hold list": the name is "alert ID" or "incident ID".',
    );
  await audit(context, 'hold-released', `releases the legal hold on ${subject}: ${reason}`);
  await note(context, 'hold-released', `released: ${reason}`, { subject });
  const standing = new Set((await readHolds(client, namespace)).map(({ index }) => index));
  const free = before.filter(({ index, locked }) => locked && !standing.has(index)).map(({ index }) => index);
  for (const index of free) {
    await unlockIndex(client, index);
    await note(context, 'original-unlocked', `${index} is unlocked`, { index });
  }
  return free;
}

async function audit(
  { client, namespace, newId, now }: HoldContext,
  action: string,
  message: string,
): Promise<void> {
  const record: AuditRecord = { part: 'registry', action, message, outcome: 'success' };
  await writeAudit(client, namespace, record, newId(), now());
}

/** In the hold stream itself, so that whoever may read holds sees how they stand. */
async function note(
  { client, namespace, newId, now }: HoldContext,
  action: string,
  message: string,
  hold: Readonly<Record<string, string>>,
): Promise<void> {
  const id = newId();
  const document = outputDocument('hold', namespace, now(), { id, action, message }, { hold });
  await createOne(client, `logs-ot_anomaly.hold-${namespace}`, { id, document }, { refresh: true });
}
