import { bulkCreate } from '../../elasticsearch/bulkCreate.js';
import {
  alertsBetween,
  type EvidenceDocument,
  incidentDocuments,
  readEvidence,
} from '../../elasticsearch/evidence.js';
import { readIncidents } from '../../elasticsearch/incidents.js';
import { outputDocument } from '../../elasticsearch/outputDocument.js';
import { GovernanceError } from '../../governance/governanceError.js';
import { canonicalBytes, sha256 } from '../../registry/digest.js';
import { audit, type GovernanceContext } from './context.js';

/** One alert, or everything of an incident. */
export type Subject = { readonly alert: string } | { readonly incident: string };

export interface Evidence {
  readonly subject: Subject;
  readonly exportedAt: string;
  /** digest over the digests of the documents, in their order */
  readonly sha256: string;
  readonly documents: readonly (EvidenceDocument & { readonly sha256: string })[];
}

/**
 * Gathers the evidence of an alert or an incident, each document with the digest of its canonical bytes.
 *
 * @throws {GovernanceError} not_found
 */
export async function exportEvidence(context: GovernanceContext, subject: Subject): Promise<Evidence> {
  const documents = (await gather(context, subject)).map((document) => ({
    ...document,
    sha256: sha256(canonicalBytes(document.source)),
  }));
  if (documents.length === 0)
    throw new GovernanceError(
      'not_found',
      `nothing is known of ${nameOf(subject)}`,
      'Check the id and --namespace.',
    );
  const whole = sha256(
    documents.map(({ index, id, sha256: digest }) => `${index} ${id} ${digest}\n`).join(''),
  );
  await audit(context, {
    action: 'evidence-exported',
    message: `evidence of ${nameOf(subject)}: ${documents.length} documents, digest ${whole}`,
    outcome: 'success',
  });
  return { subject, exportedAt: context.now().toISOString(), sha256: whole, documents };
}

/**
 * Puts copies under legal hold: into a stream that no retention touches and no part can change, whatever becomes of the
 * originals. Those an administrator locks (`lockOriginals`).
 *
 * @returns how many are new there
 */
export async function holdEvidence(context: GovernanceContext, evidence: Evidence): Promise<number> {
  const { client, namespace, now, newId } = context;
  await audit(context, {
    action: 'legal-hold',
    message: `legal hold on ${nameOf(evidence.subject)}: ${evidence.documents.length} documents, digest ${evidence.sha256}`,
    outcome: 'success',
  });
  const documents = evidence.documents.map(({ index, id, source, sha256: digest }) => {
    const own = sha256(`${index}\n${id}\n${digest}`).slice(0, 40);
    const message = `held for ${nameOf(evidence.subject)}`;
    const hold = {
      subject: nameOf(evidence.subject),
      index,
      id,
      sha256: digest,
      document: JSON.stringify(source),
    };
    const what = { id: own, action: 'document-held', message };
    return { id: own, document: outputDocument('hold', namespace, now(), what, { hold }) };
  });
  const subject = nameOf(evidence.subject);
  const placed = { id: newId(), action: 'hold-placed', message: `hold placed on ${subject}` };
  const placing = {
    id: placed.id,
    document: outputDocument('hold', namespace, now(), placed, { hold: { subject } }),
  };
  const { created, rejected } = await bulkCreate(
    client,
    `logs-ot_anomaly.hold-${namespace}`,
    [...documents, placing],
    { refresh: true },
  );
  if (rejected.length > 0)
    throw new GovernanceError(
      'refused',
      `${rejected.length} of ${documents.length} documents were not taken: ${rejected[0]?.reason}`,
      'Run "ot-anomaly setup" and try again; what was taken stays.',
    );
  return created - 1;
}

async function gather(
  { client, namespace, now }: GovernanceContext,
  subject: Subject,
): Promise<readonly EvidenceDocument[]> {
  if ('alert' in subject) return readEvidence(client, namespace, [subject.alert]);
  const incident = (await readIncidents(client, namespace)).find(({ id }) => id === subject.incident);
  if (incident === undefined) return [];
  const { suspectedFrom, closedAt = now().toISOString() } = incident;
  const alerts = await alertsBetween(client, namespace, suspectedFrom, closedAt);
  return [
    ...(await incidentDocuments(client, namespace, incident.id)),
    ...(await readEvidence(client, namespace, alerts)),
  ];
}

function nameOf(subject: Subject): string {
  return 'alert' in subject ? `alert ${subject.alert}` : `incident ${subject.incident}`;
}
