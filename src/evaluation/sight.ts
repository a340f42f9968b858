import type { OtRecord } from '../features/otRecord.js';
import { describeRelation, relationKey, sequenceKey } from '../features/relation.js';
import type { Baseline } from '../model/artifact.js';
import { HITS } from '../model/runRule.js';
import type { Verdict } from '../model/scorer.js';
import { scoredLogType } from '../zeek/scoredLogs.js';

/** What can be seen of one sequence (relation, function code, address where logged) of the test rows. */
export interface KeySight {
  readonly log: string;
  readonly relation: string;
  readonly functionCode: string;
  readonly address?: number;
  readonly baselineRows: number;
  readonly testRows: number;
  /** detectors that gave a part in at least one verdict, in the order of their names */
  readonly detectors: readonly string[];
  /** whether intervals can accuse, and why not */
  readonly interval: string;
  /** whether payload bytes can accuse, and why not */
  readonly bytes: string;
}

/** Requests at most this far apart (s) were sent without waiting for the answer, or in one packet. */
const PIPELINED_WITHIN = 0.001;
/** A sequence is pipelined when this share of its requests are: in a plant's capture 14 % of the timestamps were. */
const PIPELINED_SHARE = 0.1;

interface Count {
  readonly record: OtRecord;
  rows: number;
  /** rows that are no responses */
  requests: number;
  /** requests that began a connection */
  connections: number;
  pipelined: number;
  lastTs: number;
  lastUid: string;
  readonly detectors: Set<string>;
}

/** Collects, by sequence, how many rows there were and which detectors spoke. Memory grows with sequences. */
export class SightCounts {
  readonly #baseline = new Map<string, Count>();
  readonly #test = new Map<string, Count>();

  addBaseline(record: OtRecord): void {
    count(this.#baseline, record);
  }

  addTest(record: OtRecord, verdict: Verdict): void {
    const { detectors } = count(this.#test, record);
    for (const { detector } of verdict.parts) detectors.add(detector);
  }

  /** By sequence of the test rows, those with most rows first. */
  sights(baseline: Baseline): readonly KeySight[] {
    return [...this.#test]
      .map(([key, test]) => this.#sight(key, test, baseline))
      .sort(
        (a, b) =>
          b.testRows - a.testRows ||
          compare(a.relation, b.relation) ||
          compare(a.functionCode, b.functionCode),
      );
  }

  #sight(key: string, { record, rows, detectors }: Count, baseline: Baseline): KeySight {
    const before = this.#baseline.get(key);
    return {
      log: record.log,
      relation: describeRelation(record),
      functionCode: record.functionCode,
      ...(record.address === undefined ? {} : { address: record.address }),
      baselineRows: before?.rows ?? 0,
      testRows: rows,
      detectors: [...detectors].sort(),
      interval: intervalSight(record, key, before, baseline),
      bytes: bytesSight(record, baseline),
    };
  }
}

function count(counts: Map<string, Count>, record: OtRecord): Count {
  const key = sequenceKey(record);
  let found = counts.get(key);
  if (found === undefined) {
    found = {
      record,
      rows: 0,
      requests: 0,
      connections: 0,
      pipelined: 0,
      lastTs: Number.NEGATIVE_INFINITY,
      lastUid: '',
      detectors: new Set(),
    };
    counts.set(key, found);
  }
  found.rows += 1;
  if (record.kind === 'response') return found;
  found.requests += 1;
  if (found.lastUid !== record.uid) found.connections += 1;
  else if (record.ts - found.lastTs <= PIPELINED_WITHIN) found.pipelined += 1;
  found.lastTs = record.ts;
  found.lastUid = record.uid;
  return found;
}

function intervalSight(record: OtRecord, key: string, before: Count | undefined, baseline: Baseline): string {
  if (scoredLogType(record.log)?.cyclic === true) return 'none: cyclic, read by the second';
  if (record.kind === 'item') return 'none: several rows tell of one message';
  if (before === undefined) return 'none: not in the baseline';
  if (before.requests === 0) return 'none: only responses, which have no interval of their own';
  const sequence = Object.hasOwn(baseline.intervals, key) ? baseline.intervals[key] : undefined;
  const pipelined = before.pipelined >= PIPELINED_SHARE * before.requests;
  if (sequence === undefined)
    return record.log !== 'conn' && before.connections > 1 && before.connections === before.requests
      ? 'none: a connection for each request; conn.log has its intervals'
      : pipelined
        ? 'none: pipelined'
        : 'none: too few rows';
  switch (sequence.sight) {
    case 'own':
      if (sequence.runCutOff !== null)
        return `by its own ${sequence.n} intervals, ${sequence.runHits ?? HITS} of ten odd ones`;
      return sequence.rarityCutOff === null
        ? `ranks only: no cut-off kept its promise on held-out parts of ${sequence.n} intervals`
        : `by its own ${sequence.n} intervals`;
    case 'pooled':
      return `by the pool of its function code; ${sequence.n} intervals of its own`;
    case 'aperiodic':
      return pipelined ? 'none: pipelined' : 'none: aperiodic';
    case 'too-few-days':
      return `none: on too few days (${sequence.n} intervals)`;
    case 'too-few-rows':
      return `none: too few rows (${sequence.n} intervals)`;
  }
}

function bytesSight(record: OtRecord, baseline: Baseline): string {
  if (record.log !== 'conn') return 'none: only conn.log carries payload bytes';
  const key = relationKey(record);
  const bytes = Object.hasOwn(baseline.bytes, key) ? baseline.bytes[key] : undefined;
  if (bytes === undefined) return 'none: no connection with payload in the baseline';
  const { orig, resp } = bytes;
  if (orig.rarityCutOff !== null || resp.rarityCutOff !== null)
    return `by ${Math.max(orig.n, resp.n)} connections`;
  return `none: too few connections, or too scattered (${Math.max(orig.n, resp.n)})`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
