import { functionClass } from '../../src/features/functionClass.js';
import { IntervalTracker } from '../../src/features/intervalTracker.js';
import type { OtRecord } from '../../src/features/otRecord.js';
import { relationKey, sequenceKey } from '../../src/features/relation.js';
import { ALERT_LINE, type Model } from '../../src/model/artifact.js';
import { poolKey } from '../../src/model/pool.js';
import { Scorer } from '../../src/model/scorer.js';
import { seriesKeysOf } from '../../src/model/series.js';
import { seeded } from '../forestRows.js';
import { courseOf, type Kind, normalByKey, quantile } from './normal.js';
import { ALLOW_LIST, allowList, SUBSETS } from './subsets.js';

/** Normal polls before each change, and times each change is tried on a sequence or relation. */
const WARM_UP = 30;
const TRIALS = 3;
const DAY = 86_400;

interface Change {
  /** polls within which it has to be found */
  readonly within: number;
  readonly of: Kind;
  /** the changed rows after `last`; intervals and sizes are the held-out month's own; none where it can't be tried */
  readonly rows: (last: OtRecord, draw: Draw) => readonly OtRecord[];
}

interface Draw {
  /** one interval (s) after the other, in the order in which they came: stretches of the month, drawn at random */
  readonly course: () => () => number;
  /** seconds: the 0.9 quantile of its intervals, the wait for the next cycle */
  readonly cycle: number;
  readonly row: () => OtRecord;
  /** of a connection that was answered */
  readonly answered: () => OtRecord;
  /** another known source of the same destination, or destination of the same source, that never met the other */
  readonly strangers: (last: OtRecord) => Partial<OtRecord> | undefined;
  readonly random: () => number;
}

const change =
  (part: Partial<OtRecord>): Change['rows'] =>
  (last, { course }) => [{ ...last, ...part, ts: last.ts + course()() }];

/** Addresses of RFC 5737 and a code that no protocol has stand for what was never seen. A poll of bytes is a connection that was answered. */
export const CHANGES: Readonly<Record<string, Change>> = {
  'new source': { within: 1, of: 'relation', rows: change({ source: '203.0.113.1' }) },
  'new destination': { within: 1, of: 'relation', rows: change({ destination: '203.0.113.2' }) },
  'new pair': {
    within: 1,
    of: 'relation',
    rows: (last, { course, strangers }) => {
      const part = strangers(last);
      return part === undefined ? [] : [{ ...last, ...part, ts: last.ts + course()() }];
    },
  },
  'new port': { within: 1, of: 'relation', rows: change({ port: 50_502 }) },
  'new function code': { within: 1, of: 'sequence', rows: change({ functionCode: 'NEVER_SEEN' }) },
  'interval × 0.6': {
    within: 10,
    of: 'sequence',
    rows: (last, { course }) => series(last, 10, course(), 0.6),
  },
  'interval × 1.8': {
    within: 10,
    of: 'sequence',
    rows: (last, { course }) => series(last, 10, course(), 1.8),
  },
  'second client, interleaved': {
    within: 20,
    of: 'sequence',
    rows: interleaved,
  },
  'response bytes × 1.8': {
    within: 15,
    of: 'connections',
    rows: (last, { answered, course }) => resized(last, answered, course(), 15, 1.8),
  },
  'response bytes × 5': {
    within: 15,
    of: 'connections',
    rows: (last, { answered, course }) => resized(last, answered, course(), 15, 5),
  },
  // A person at the HMI who turns pages has no rhythm; what is found there is no poll's, and is told apart.
  'pages turned, interval × 0.6': {
    within: 10,
    of: 'paged',
    rows: (last, { course }) => series(last, 10, course(), 0.6),
  },
  'pages turned, interval × 1.8': {
    within: 10,
    of: 'paged',
    rows: (last, { course }) => series(last, 10, course(), 1.8),
  },
};

function series(last: OtRecord, n: number, interval: () => number, factor = 1): readonly OtRecord[] {
  let { ts } = last;
  return Array.from({ length: n }, () => {
    ts += factor * interval();
    return { ...last, ts };
  });
}

/** Ten polls of either client: the known one on its connection, another one on its own, as often and at any phase of the cycle. */
function interleaved(last: OtRecord, { course, cycle, random }: Draw): readonly OtRecord[] {
  const known = series(last, 10, course());
  const first = { ...last, uid: `${last.uid}-2`, ts: last.ts + (0.1 + 0.8 * random()) * cycle };
  return [...known, first, ...series(first, 9, course())].sort((a, b) => a.ts - b.ts);
}

function resized(
  last: OtRecord,
  row: () => OtRecord,
  interval: () => number,
  n: number,
  factor: number,
): readonly OtRecord[] {
  let { ts } = last;
  return Array.from({ length: n }, (_, i) => {
    ts += interval();
    const { origBytes, respBytes } = row();
    return {
      ...last,
      uid: `${last.uid}-${i}`,
      ts,
      origBytes,
      respBytes: Math.round(factor * (respBytes ?? 0)),
    };
  });
}

/** Of one change: how many trials there were, and subset → how many it found in time. */
export interface ChangeFound {
  readonly trials: number;
  /** trials where a detector of rhythm or bytes can judge at all */
  readonly covered: number;
  readonly found: Readonly<Record<string, { readonly all: number; readonly covered: number }>>;
}

/**
 * Changes one thing at a time in each sequence (or relation) of the held-out month, after normal polls.
 *
 * @param records of the held-out month, in order of time
 * @param pollers addresses of machines that poll; what people do at a keyboard has no rhythm that could change
 * @param isPolled whether the machine asks this by itself, again and again
 */
export function tryChanges(
  model: Model,
  records: readonly OtRecord[],
  pollers: ReadonlySet<string>,
  isPolled: (record: OtRecord) => boolean,
): Readonly<Record<string, ChangeFound>> {
  const scorer = new Scorer(model);
  const allowed = allowList(model);
  const tracker = new IntervalTracker();
  const random = seeded(1);
  const normal = normalByKey(
    records.filter((record) => pollers.has(record.source) && isPoll(record)),
    isPolled,
  );
  const strangers = strangersOf(model);
  const end = (records[records.length - 1]?.ts ?? 0) + DAY;
  return Object.fromEntries(
    Object.entries(CHANGES).map(([name, { of, rows, within }], c) => {
      const found = Object.fromEntries(SUBSETS.map((subset) => [subset.name, { all: 0, covered: 0 }]));
      let [trials, covered] = [0, 0];
      for (const [key, { stretches, rows: own }] of normal[of]) {
        const answered = own.filter(({ respBytes = 0 }) => respBytes > 0);
        if (of === 'connections' && answered.length === 0) continue;
        const cycle = quantile(stretches.flat(), 0.9);
        for (let trial = 0; trial < TRIALS; trial++) {
          const draw: Draw = {
            random,
            course: () => courseOf(stretches, random),
            cycle,
            row: () => own[Math.floor(random() * own.length)] as OtRecord,
            answered: () => answered[Math.floor(random() * answered.length)] as OtRecord,
            strangers,
          };
          // each trial weeks after the one before, at the hour of a held-out row: no chart remembers, no habit is broken
          const example = draw.row();
          const week = 7 * DAY * (1 + c * TRIALS + trial);
          const at = example.ts + Math.ceil((end - example.ts) / (7 * DAY)) * 7 * DAY + week * 2;
          const start: OtRecord = { ...example, uid: `T${c}-${trial}-${key}`, ts: at };
          const warmUp =
            of === 'connections'
              ? resized(start, draw.row, draw.course(), WARM_UP, 1)
              : series(start, WARM_UP, draw.course());
          for (const record of warmUp) scorer.score({ record, ...tracker.advance(record) });
          const parts = new Set<string>();
          const changed = rows(warmUp[warmUp.length - 1] ?? start, draw).slice(0, within);
          if (changed.length === 0) continue;
          for (const record of changed) {
            for (const part of scorer.score({ record, ...tracker.advance(record) }).parts)
              if (part.score < ALERT_LINE) parts.add(part.detector);
            if (!allowed(record)) parts.add(ALLOW_LIST);
          }
          const isCovered = covers(model, example, of);
          trials += 1;
          if (isCovered) covered += 1;
          for (const subset of SUBSETS) {
            if (![...parts].some((part) => subset.has(part))) continue;
            const counted = found[subset.name];
            if (counted === undefined) continue;
            counted.all += 1;
            if (isCovered) counted.covered += 1;
          }
        }
      }
      return [name, { trials, covered, found }];
    }),
  );
}

/** Whether the model's own card says that interval or bytes of this row can be judged. */
function covers({ baseline }: Model, record: OtRecord, of: Kind): boolean {
  const keys = seriesKeysOf(record);
  switch (of) {
    case 'relation':
      return true;
    case 'sequence':
    case 'paged': {
      const sequence = baseline.intervals[sequenceKey(record)];
      if (sequence === undefined) return false;
      const pooled = baseline.pooledIntervals[poolKey(record)]?.rarityCutOff ?? null;
      const single = sequence.sight === 'pooled' ? pooled : sequence.rarityCutOff;
      return single !== null || sequence.runCutOff !== null || keys.interval in baseline.surprise;
    }
    case 'connections':
      return (
        (baseline.bytes[relationKey(record)]?.resp.rarityCutOff ?? null) !== null ||
        relationKey(record) in (baseline.answers ?? {}) ||
        keys.respBytes in baseline.surprise
      );
  }
}

/** A connection, or a read: what operators write is not polled either. */
function isPoll({ kind, protocol, functionCode }: OtRecord): boolean {
  return kind === 'connection' || functionClass(protocol, functionCode) === 'read';
}

function strangersOf({ baseline: { structure } }: Model): Draw['strangers'] {
  const [sources, destinations] = [Object.keys(structure.source), Object.keys(structure.destination)];
  const met = (source: string, destination: string) =>
    Object.hasOwn(structure.pair, `${source}|${destination}`);
  return (last) => {
    const source = sources.find((one) => !met(one, last.destination));
    if (source !== undefined) return { source };
    const destination = destinations.find((one) => !met(last.source, one));
    return destination === undefined ? undefined : { destination };
  };
}
