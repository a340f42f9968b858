import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { ECS_VERSION } from '../anomaly/document.js';
import { type AuditContent, type ChainHead, headOf, linkTo } from '../governance/audit/chain.js';
import { GovernanceError } from '../governance/governanceError.js';
import type { PolicyDigests } from '../governance/policy/policyFiles.js';
import { type AuditAnchor, configuredAnchor } from '../registry/auditAnchor.js';
import { bySequence, SEQUENCE_FIELD } from './auditQueries.js';
import { bulkCreate } from './bulkCreate.js';
import { ElasticsearchError, explaining, fromStatus } from './errors.js';
import { PointInTime } from './pointInTime.js';

/** What a part is about to do: written before it does it. */
export interface AuditRecord {
  readonly part: string;
  readonly action: string;
  readonly message: string;
  readonly outcome?: 'success' | 'failure' | 'unknown';
  readonly modelSha256?: string;
  /** digest of the approval request that it rests on */
  readonly requestSha256?: string;
  /** the person who asked for it, as their signature says */
  readonly person?: string;
  /** why it was refused, or what was found */
  readonly reasons?: readonly string[];
  /** digests of the policies in force */
  readonly policies?: PolicyDigests;
  /** the fields of the retrain log, by its names */
  readonly retrain?: Readonly<Record<string, unknown>>;
  /** result of a boundary check */
  readonly boundary?: Readonly<Record<string, unknown>>;
}

/** Writers that take the same number at once try again; more than this many times is a fault. */
const ATTEMPTS = 40;
const PAUSE_MS = 25;
const RECORDS_A_PAGE = 1_000;
/** Numbers may run ahead of the count of records by as much again and this: some may have been deleted. */
const REACH = 1_000;
const principals = new WeakMap<Client, Promise<string>>();

/**
 * Adds an audit record and returns once it is stored and anchored; the caller acts only after that.
 *
 * The document's `_id` is its number in the chain and what it follows, so that of two writers one gets the number and
 * the other the next one, and nobody can take the ids of records to come; `event.id` is the caller's `id`. Elasticsearch
 * stamps the author.
 *
 * @throws {ElasticsearchError} if it can't be stored
 * @throws {GovernanceError} audit_failed if it can't be anchored. The scorer alone goes on without the anchor: an
 *   attacker must not be able to stop detection by filling a disk.
 */
export async function writeAudit(
  client: Client,
  namespace: string,
  record: AuditRecord,
  id: string,
  now: Date,
  anchor: AuditAnchor | undefined = configuredAnchor(process.env),
): Promise<ChainHead> {
  const principal = await principalOf(client);
  const content = auditDocument(namespace, record, id, now);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { document, head } = linkTo(await readHead(client, namespace), content, principal);
    const { created, rejected } = await bulkCreate(
      client,
      stream(namespace),
      [{ id: recordId(document), document }],
      { refresh: true },
    );
    const [refused] = rejected;
    if (refused !== undefined)
      throw fromStatus(refused.status, refused.reason, `writing to ${stream(namespace)}`);
    // A conflict is another writer's record, or our own after an answer that was lost.
    if (created === 1 || (await holds(client, namespace, head))) {
      await anchor?.append({ ...head, namespace }, now).catch((error: unknown) => {
        if (record.part !== 'scorer') throw error;
        process.emitWarning(`the audit record ${head.sequence} could not be anchored: ${String(error)}`);
      });
      return head;
    }
    await sleep(PAUSE_MS * Math.min(attempt, 10));
  }
  throw new GovernanceError(
    'audit_failed',
    `${stream(namespace)}: no free number after ${ATTEMPTS} attempts`,
    'Nothing was done. Look for a writer that floods the audit stream, then try again.',
  );
}

/** Every document of the audit stream, oldest number first. */
export async function* readAudit(
  client: Client,
  namespace: string,
): AsyncGenerator<{ readonly id: string; readonly source: unknown }> {
  const pit = await explaining('reading the audit stream', () => PointInTime.open(client, stream(namespace)));
  try {
    const pages = pit.pages({
      size: RECORDS_A_PAGE,
      query: { match_all: {} },
      sort: [bySequence('asc')],
    });
    for await (const page of pages) yield* page;
  } finally {
    await pit.close().catch(() => {}); // it expires by itself
  }
}

function auditDocument(namespace: string, record: AuditRecord, id: string, now: Date) {
  const { part, action, message, outcome, modelSha256, requestSha256, person, reasons, policies } = record;
  return {
    '@timestamp': now.toISOString(),
    message,
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: 'ot_anomaly.audit', namespace },
    event: {
      id,
      kind: 'event',
      category: ['configuration'],
      type: ['info'],
      action,
      ...(outcome === undefined ? {} : { outcome }),
      module: 'ot_anomaly',
      dataset: 'ot_anomaly.audit',
    },
    ot_anomaly: {
      audit: {
        part,
        ...(modelSha256 === undefined ? {} : { model_sha256: modelSha256 }),
        ...(requestSha256 === undefined ? {} : { request_sha256: requestSha256 }),
        ...(person === undefined ? {} : { person }),
        ...(reasons === undefined ? {} : { reasons }),
        ...(policies === undefined ? {} : { policies }),
        ...(record.retrain === undefined ? {} : { retrain: record.retrain }),
        ...(record.boundary === undefined ? {} : { boundary: record.boundary }),
      },
    },
  };
}

/**
 * The newest record, whatever it holds: whoever may add to the stream may add rubbish, and it must not stop the records
 * that follow. `audit verify` finds it. A number that no chain of so many records could have reached is passed over.
 */
async function readHead(client: Client, namespace: string): Promise<ChainHead | undefined> {
  const index = stream(namespace);
  const { count } = await explaining('counting the audit records', () => client.count({ index }));
  const { hits } = await explaining('reading the newest audit record', () =>
    client.search({
      index,
      size: 1,
      query: { range: { [SEQUENCE_FIELD]: { gte: 1, lte: 2 * count + REACH } } },
      sort: [bySequence('desc')],
    }),
  );
  const [newest] = hits.hits;
  if (newest === undefined) {
    await requireMapped(client, namespace);
    return undefined;
  }
  return headOf(Number(newest.sort?.[0]), newest._source);
}

/** A stream that an older version made would take a record and never find it again. */
async function requireMapped(client: Client, namespace: string): Promise<void> {
  const index = stream(namespace);
  const { fields } = await explaining('looking at the audit stream', () =>
    client.fieldCaps({ index, fields: [SEQUENCE_FIELD] }),
  );
  if (Object.keys(fields).length > 0) return;
  throw new ElasticsearchError(
    'not_set_up',
    `${index}: expected the field ${SEQUENCE_FIELD}, found a stream that an older version made`,
    'Run "ot-anomaly setup": it brings new fields to existing streams. Nothing was done.',
  );
}

async function holds(client: Client, namespace: string, { sequence, sha256 }: ChainHead): Promise<boolean> {
  const filter = [
    { term: { 'ot_anomaly.audit.sequence': sequence } },
    { term: { 'ot_anomaly.audit.sha256': sha256 } },
  ];
  const { count } = await explaining('looking for the audit record', () =>
    client.count({ index: stream(namespace), query: { bool: { filter } } }),
  );
  return count > 0;
}

/** Whom Elasticsearch takes this client for; asked once. */
function principalOf(client: Client): Promise<string> {
  let principal = principals.get(client);
  if (principal === undefined) {
    principal = explaining('asking Elasticsearch who we are', async () => {
      const { username } = await client.security.authenticate();
      return username;
    });
    principals.set(client, principal);
    principal.catch(() => principals.delete(client));
  }
  return principal;
}

function recordId({ ot_anomaly }: AuditContent): string {
  const { sequence, previous_sha256: previous } = ot_anomaly.audit;
  return `audit-${String(sequence).padStart(12, '0')}-${String(previous).slice(0, 16)}`;
}

function stream(namespace: string): string {
  return `logs-ot_anomaly.audit-${namespace}`;
}
