import { z } from 'zod';
import { canonicalBytes, sha256 } from '../../registry/digest.js';
import { CLOCK_BOUNDS, type ClockBounds, clockProblems, type RecordTimes } from './clocks.js';

/** What precedes the first record. */
export const GENESIS = '0'.repeat(64);

const DIGEST = /^[0-9a-f]{64}$/;

/** The last record of a chain: the next one names it. */
export interface ChainHead {
  readonly sequence: number;
  readonly sha256: string;
}

/** The last moment that a date can hold, in milliseconds since the epoch. */
const MAX_DATE_MS = 8.64e15;

/** The part of an audit document that ties it to the one before. */
const linkSchema = z.object({
  // Whatever it is: a record with an odd time is a record all the same, and `clockProblems` says so.
  '@timestamp': z.unknown(),
  event: z.looseObject({ ingested: z.unknown() }).optional().catch(undefined),
  user: z.object({ name: z.string() }).optional(),
  ot_anomaly: z.object({
    audit: z.object({
      sequence: z.number().int().min(1),
      previous_sha256: z.string(),
      sha256: z.string(),
      /** who writes, as the writer says; Elasticsearch stamps who it was */
      principal: z.string(),
    }),
  }),
});

/** Fields that Elasticsearch stamps after the writer hashed the document. */
const STAMPED: Readonly<Record<string, readonly string[]>> = { user: [], event: ['ingested'] };

export interface AuditContent {
  readonly ot_anomaly: { readonly audit: Readonly<Record<string, unknown>> };
  readonly [field: string]: unknown;
}

/** The document with its place in the chain: one more than the head, naming the head's digest, and its own digest. */
export function linkTo(
  head: ChainHead | undefined,
  content: AuditContent,
  principal: string,
): { readonly document: AuditContent; readonly head: ChainHead } {
  const sequence = (head?.sequence ?? 0) + 1;
  const audit = {
    ...content.ot_anomaly.audit,
    sequence,
    previous_sha256: head?.sha256 ?? GENESIS,
    principal,
  };
  const unhashed = { ...content, ot_anomaly: { ...content.ot_anomaly, audit } };
  const digest = documentDigest(unhashed);
  return {
    document: { ...unhashed, ot_anomaly: { ...content.ot_anomaly, audit: { ...audit, sha256: digest } } },
    head: { sequence, sha256: digest },
  };
}

/** What follows this document names it so: by its own digest, or by the digest of what it is where it states none. */
export function headOf(sequence: number, document: unknown): ChainHead {
  const parsed = linkSchema.safeParse(document);
  const stated = parsed.success ? parsed.data.ot_anomaly.audit.sha256 : '';
  return { sequence, sha256: DIGEST.test(stated) ? stated : documentDigest(document) };
}

/** SHA-256 over everything that the writer wrote: all but the digest itself and what Elasticsearch stamped. */
export function documentDigest(document: unknown): string {
  const copy = structuredClone(document) as Record<string, unknown>;
  for (const [field, children] of Object.entries(STAMPED)) {
    if (children.length === 0) delete copy[field];
    const parent = copy[field];
    if (isRecord(parent)) for (const child of children) delete parent[child];
  }
  const { ot_anomaly } = copy;
  if (isRecord(ot_anomaly) && isRecord(ot_anomaly['audit'])) delete ot_anomaly['audit']['sha256'];
  return sha256(canonicalBytes(copy));
}

export type ChainProblemKind =
  | 'outside'
  | 'altered'
  | 'missing'
  | 'forked'
  | 'broken'
  | 'author'
  | 'clock'
  | 'anchor';

/** One thing that shows tampering, or a fault that looks like it. */
export interface ChainProblem {
  readonly kind: ChainProblemKind;
  readonly sequence: number | undefined;
  readonly message: string;
}

export interface StoredRecord {
  readonly id: string;
  readonly source: unknown;
}

/** A head that was written down outside Elasticsearch when its record was written. */
export interface AnchoredHead extends ChainHead {
  readonly namespace: string;
}

export interface ChainReport {
  readonly records: number;
  readonly head: ChainHead | undefined;
  readonly anchored: number;
  readonly problems: readonly ChainProblem[];
}

/**
 * Checks a chain: nothing missing, doubled, altered or added outside it, each record by the author it names and at
 * the time it names, and every head that was anchored outside Elasticsearch still there. Without anchors a rewrite of the
 * whole rest of the chain is consistent with itself: only they show it.
 *
 * @param records in any order
 */
export function verifyChain(
  records: readonly StoredRecord[],
  anchors: readonly AnchoredHead[],
  bounds: ClockBounds = CLOCK_BOUNDS,
): ChainReport {
  const problems: ChainProblem[] = [];
  const linked = records.flatMap(({ id, source }) => {
    const parsed = linkSchema.safeParse(source);
    if (parsed.success) {
      const { user, event, ot_anomaly, '@timestamp': written } = parsed.data;
      return [{ ...ot_anomaly.audit, source, author: user?.name, written, ingested: event?.ingested }];
    }
    problems.push({ kind: 'outside', sequence: undefined, message: `document ${id} is in no chain` });
    return [];
  });
  linked.sort((a, b) => a.sequence - b.sequence);
  const bySequence = new Map<number, string>();
  let head: ChainHead | undefined;
  for (const { sequence, previous_sha256, sha256: stated, principal, author, source } of linked) {
    const problem = (kind: ChainProblemKind, message: string) => problems.push({ kind, sequence, message });
    const actual = documentDigest(source);
    if (actual !== stated)
      problem(
        'altered',
        `record ${sequence} was altered: its digest is ${actual.slice(0, 12)}, it says ${stated.slice(0, 12)}`,
      );
    if (author !== principal)
      problem(
        'author',
        `record ${sequence} says ${principal} wrote it, Elasticsearch stamped ${author ?? 'nobody'}`,
      );
    if (sequence === head?.sequence) problem('forked', `there are two records ${sequence}`);
    else {
      const expected = (head?.sequence ?? 0) + 1;
      if (sequence > expected) {
        const range = sequence - 1 === expected ? `${expected} is` : `${expected} to ${sequence - 1} are`;
        problems.push({ kind: 'missing', sequence: expected, message: `record ${range} missing` });
      } else if (previous_sha256 !== (head?.sha256 ?? GENESIS)) {
        problem(
          'broken',
          `record ${sequence} follows another record ${sequence - 1} than the one that is there`,
        );
      }
    }
    head = { sequence, sha256: stated };
    bySequence.set(sequence, stated);
  }
  problems.push(
    ...clockProblems(linked.map(timesOf), bounds).map((found) => ({ kind: 'clock' as const, ...found })),
    ...anchorProblems(bySequence, anchors),
  );
  return { records: records.length, head, anchored: anchors.length, problems };
}

function timesOf(record: {
  readonly sequence: number;
  readonly written: unknown;
  readonly ingested: unknown;
}): RecordTimes {
  const { sequence, written, ingested } = record;
  return { sequence, written: timeOf(written), ingested: timeOf(ingested) };
}

/** A date as Elasticsearch takes it: ISO 8601, or milliseconds since the epoch. */
function timeOf(value: unknown): Date | undefined {
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Math.abs(ms) <= MAX_DATE_MS ? new Date(ms) : undefined;
}

function anchorProblems(
  bySequence: ReadonlyMap<number, string>,
  anchors: readonly AnchoredHead[],
): readonly ChainProblem[] {
  return anchors.flatMap(({ sequence, sha256: anchored }) => {
    const found = bySequence.get(sequence);
    if (found === anchored) return [];
    const message =
      found === undefined
        ? `record ${sequence} is anchored outside and no longer there`
        : `record ${sequence} was rewritten: anchored ${anchored.slice(0, 12)}, found ${found.slice(0, 12)}`;
    return [{ kind: 'anchor' as const, sequence, message }];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
