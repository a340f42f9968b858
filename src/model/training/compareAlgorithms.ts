import type { OtRecord } from '../../features/otRecord.js';
import { STRUCTURE_LEVELS, type StructureLevel } from '../../features/relation.js';
import { ALERT_LINE, type Algorithm, type Baseline, type Comparison } from '../artifact.js';
import type { Detector, Observation } from '../detectors/detector.js';
import { histogram } from '../detectors/histogram.js';
import { isolationForest } from '../detectors/isolationForest.js';
import { novelty } from '../detectors/novelty.js';
import { zScore } from '../detectors/zScore.js';
import { Known } from '../known.js';
import { fitZScore } from './fitZScore.js';
import { type ForestOptions, growForest } from './growForest.js';
import { buildHistograms, type SampledRow } from './sampledRows.js';
import { StructureCounts } from './structureCounts.js';

/** Every n-th row is taken so that at most these are compared: enough for a share of 1 in 10,000. */
const ROWS_AT_MOST = 40_000;
/** The last fifth of the window's rows is held out. */
const HELD_OUT = 0.2;
/** Held-out rows that are changed, of each kind of change. */
const CHANGED_AT_MOST = 1_000;

/** The detectors of single rows that stand beside either algorithm, under one name. */
export const OTHERS = 'novelty and histograms';

export const NOT_COMPARED: Comparison = { heldOutRows: 0, algorithms: {} };

type Window = ForestOptions & { readonly from: number; readonly to: number };

/**
 * Trains both algorithms on the first four fifths of the window and shows both the same rows of the last fifth, as
 * they are and changed one part at a time. Each is judged alone, without the other detectors.
 *
 * @param rows sampled rows in their canonical order
 */
export function compareAlgorithms(rows: readonly SampledRow[], options: Window): Comparison {
  const step = Math.max(1, Math.ceil(rows.length / ROWS_AT_MOST));
  const some = rows.filter((_, i) => i % step === 0);
  const split = options.from + (1 - HELD_OUT) * (options.to - options.from);
  const early = some.filter(({ record }) => record.ts < split);
  const heldOut = some.filter(({ record }) => record.ts >= split);
  if (early.length === 0 || heldOut.length === 0) return NOT_COMPARED;
  const baseline = baselineOf(early, options.from);
  const known = new Known(baseline);
  const others = [novelty(undefined, known), histogram(undefined, known)];
  const detectors: Readonly<Record<Algorithm, Detector>> = {
    'isolation-forest': isolationForest(
      { forest: growForest(early, baseline, options), options: { subsample: options.subsample } },
      known,
    ),
    'z-score': zScore({ zScore: fitZScore(early, baseline, options.contamination) }, known),
  };
  return {
    heldOutRows: heldOut.length,
    algorithms: {
      [OTHERS]: measure(others, [], heldOut),
      ...Object.fromEntries(
        Object.entries(detectors).map(([name, detector]) => [name, measure([detector], others, heldOut)]),
      ),
    },
  };
}

type Measured = Comparison['algorithms'][string];

function measure(
  detectors: readonly Detector[],
  others: readonly Detector[],
  rows: readonly SampledRow[],
): Measured {
  return {
    falsePositives: rows.filter((row) => isFound(row, detectors)).length,
    changed: Object.fromEntries(
      Object.entries(CHANGES).map(([name, { applies, change }]) => {
        const able = rows.filter(applies);
        const step = Math.max(1, Math.ceil(able.length / CHANGED_AT_MOST));
        const changed = able.filter((_, i) => i % step === 0).map(change);
        const found = changed.filter((row) => isFound(row, detectors));
        const beyondOthers = found.filter((row) => !isFound(row, others)).length;
        return [name, { rows: changed.length, found: found.length, beyondOthers }];
      }),
    ),
  };
}

function isFound(observation: Observation, detectors: readonly Detector[]): boolean {
  return detectors.some((detector) => detector.judge(observation).score < ALERT_LINE);
}

interface Change {
  readonly applies: (row: SampledRow) => boolean;
  readonly change: (row: SampledRow) => Observation;
}

/** Addresses of RFC 5737's TEST-NET-3 and a code that no protocol has stand for what was never seen. */
const CHANGES: Readonly<Record<string, Change>> = {
  'new source': { applies: () => true, change: withRecord({ source: '203.0.113.1' }) },
  'new destination': { applies: () => true, change: withRecord({ destination: '203.0.113.2' }) },
  'new function code': {
    applies: ({ record }) => record.functionCode !== '-',
    change: withRecord({ functionCode: 'NEVER_SEEN' }),
  },
  'interval × 0.6': {
    applies: ({ interval }) => interval !== undefined,
    change: ({ record, interval }) => ({ record, interval: 0.6 * (interval ?? 0) }),
  },
  'response bytes × 5': {
    applies: ({ record }) => record.respBytes !== undefined,
    change: ({ record, interval }) => ({
      record: { ...record, respBytes: 5 * (record.respBytes ?? 0) },
      interval,
    }),
  },
};

function withRecord(part: Partial<OtRecord>): Change['change'] {
  return ({ record, interval }) => ({ record: { ...record, ...part }, interval });
}

/** As much of a baseline as the two algorithms ask for. */
function baselineOf(rows: readonly SampledRow[], from: number): Baseline {
  const counts = new StructureCounts(from);
  for (const { record, weight } of rows)
    counts.add({ record, hour: Math.floor(record.ts / 3600), rows: weight });
  return {
    daysWithData: new Set(counts.hours().map((hour) => Math.floor(hour / 24))).size,
    gaps: [],
    shortBaseline: true,
    logs: Object.fromEntries([...counts.rowsByLog()].map(([log, n]) => [log, { rows: n, sampled: n }])),
    structure: Object.fromEntries(STRUCTURE_LEVELS.map((level) => [level, counts.daysSeen(level)])) as Record<
      StructureLevel,
      Record<string, number>
    >,
    ...buildHistograms(rows),
    drift: {},
    surprise: {},
    presence: {},
    silence: {},
    exceptions: {},
  };
}
