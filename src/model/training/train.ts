import { IntervalTracker } from '../../features/intervalTracker.js';
import type { OtRecord } from '../../features/otRecord.js';
import { groupKey, STRUCTURE_LEVELS, type StructureLevel } from '../../features/relation.js';
import { isoOf } from '../../isoTime.js';
import { type ModelProfile, OWN_PROFILE } from '../../profiles/modelProfile.js';
import { ALERT_LINE, type Algorithm, type Baseline, type Model } from '../artifact.js';
import { compareAlgorithms, NOT_COMPARED } from './compareAlgorithms.js';
import { coverage } from './coverage.js';
import { type TrainingEvidence, trainingEvidence } from './evidence.js';
import { fitZScore } from './fitZScore.js';
import { GroupLearner } from './groupLearner.js';
import { type ForestOptions, growForest } from './growForest.js';
import { Presence, presenceHabits } from './presence.js';
import type { SampledRow } from './sampledRows.js';
import { SilenceLimits } from './silenceLimits.js';
import { ROWS_AN_HOUR_AT_LEAST } from './stretchPlan.js';
import { type HourCount, StructureCounts } from './structureCounts.js';
import { WriteRates } from './writeRates.js';
import { type AddressSeen, type Parts, writtenAddresses } from './writtenAddresses.js';

/** Rows of one log, relation and function code: what the sample is drawn from. */
export interface Group {
  /** any record of the group */
  readonly example: OtRecord;
  /** those of which a sample is drawn: all but responses */
  readonly rows: number;
}

/** Adds what was counted in an hour to its group's rows, by `groupKey`. */
export function addToGroup(
  groups: Map<string, { readonly example: OtRecord; rows: number }>,
  { record, requests }: HourCount,
): void {
  const key = groupKey(record);
  const group = groups.get(key);
  if (group === undefined) groups.set(key, { example: record, rows: requests });
  else group.rows += requests;
}

/** Where the baseline comes from: Elasticsearch, or log files. */
export interface BaselineSource {
  /** Exact counts, in any order. */
  hourCounts(): AsyncIterable<HourCount>;
  /** Of a group that was counted, the five minutes that hold rows, since the epoch (partsOfHour.ts), ascending. */
  parts(group: Group): Promise<readonly number[]>;
  /** Of a group that was counted, what its requests were about: exact, each once in each part of the window in which it was seen. */
  addresses(group: Group, parts: Parts): AsyncIterable<AddressSeen>;
  /**
   * A seeded sample of the rows of a group that was counted: stretches of consecutive rows, each in order of time, all of the rows
   * if there are at most `limit`. The same documents and seed give the same stretches.
   */
  sample(group: Group, limit: number, seed: number): Promise<readonly (readonly OtRecord[])[]>;
}

export interface TrainingOptions extends ForestOptions {
  /** the isolation forest unless said otherwise */
  /** false: the model's card says nothing of the other algorithm, and training is faster; default: true */
  readonly compare?: boolean;
  readonly algorithm?: Algorithm;
  /** seconds since the epoch, inclusive */
  readonly from: number;
  /** seconds since the epoch, exclusive */
  readonly to: number;
  readonly rowsPerKey: number;
  readonly acceptShortBaseline: boolean;
  /** fewer days than DAYS_AT_LEAST, for an evaluation whose model is thrown away; default: DAYS_AT_LEAST */
  readonly daysAtLeast?: number;
  /** through which the rows were read; rows as Zeek wrote them by default */
  readonly profile?: ModelProfile;
}

/** The article's recipe, whose scale and line this product keeps. */
export const FOREST_DEFAULTS: ForestOptions = { trees: 200, subsample: 256, contamination: 0.001, seed: 42 };
/** Relative error of a p99.9 is about 1/√(0.001 n): 22 % at 20,000 rows, and most keys need far less. */
export const ROWS_PER_KEY = 20_000;
/** Sampled rows that are read, unless a relation of each hour needs more; with many keys each gets fewer. */
const ROWS_READ = 4_000_000;
/** Of them at most so many are held in memory at once, for what is learnt over the whole plant: forest and Z-score. */
const ROWS_HELD_AT_MOST = 1_000_000;
const ROWS_HELD_PER_KEY_AT_LEAST = 200;

/** Weekly cycles need at least two weeks; under it no model is made. */
export const DAYS_AT_LEAST = 14;
/** The article: "Train on a minimum of 30 days". Under it only a lab model is made, and only when asked. */
export const DAYS_FOR_PRODUCTION = 30;

/** Why a window can't be trained on, as a value: it is expected and has an answer. */
export type Refusal =
  | { readonly reason: 'empty' }
  | { readonly reason: 'too-short' | 'short'; readonly days: number; readonly gaps: readonly string[] };

export type TrainingResult =
  | { readonly model: Model; readonly evidence: TrainingEvidence }
  | { readonly refusal: Refusal };

export type TrainingProgress = (
  stage: 'counting' | 'sampling' | 'growing',
  done: number,
  total: number | undefined,
) => void;

/**
 * Trains a model: counts, samples, builds histograms, learns what its algorithm learns, compares the algorithms.
 *
 * Memory is bounded by the number of relations and ROWS_HELD_AT_MOST, whatever the window holds.
 */
export async function train(
  source: BaselineSource,
  options: TrainingOptions,
  progress: TrainingProgress = () => {},
): Promise<TrainingResult> {
  const { counts, groups, present, silences, exceptions, writes } = await count(source, options, progress);
  const covered = coverage(counts.hours(), options.from, options.to);
  const refusal = refuse(covered.daysWithData, covered.gaps, options);
  if (refusal !== undefined) return { refusal };

  const rowsPerKey = Math.min(options.rowsPerKey, rowsOfEachKey(groups.length, counts.hours().length));
  const { rows, sampled, halves, ...learnt } = await sample(
    source,
    groups,
    { limit: rowsPerKey, daysWithData: covered.daysWithData },
    options,
    progress,
  );
  progress('growing', 0, undefined);
  const baseline: Baseline = {
    daysWithData: covered.daysWithData,
    gaps: [...covered.gaps],
    shortBaseline: covered.daysWithData < DAYS_FOR_PRODUCTION,
    logs: Object.fromEntries(
      [...counts.rowsByLog()].sort().map(([log, n]) => [log, { rows: n, sampled: sampled.get(log) ?? 0 }]),
    ),
    structure: Object.fromEntries(STRUCTURE_LEVELS.map((level) => [level, counts.daysSeen(level)])) as Record<
      StructureLevel,
      Record<string, number>
    >,
    ...learnt,
    presence: presenceHabits(present),
    silence: await silences.limits(counts.hours(), (group) => source.parts(group)),
    writes: writes.most(),
    writtenAddresses: await writtenAddresses(groups, options, covered.daysWithData, (group, parts) =>
      source.addresses(group, parts),
    ),
    exceptions: Object.fromEntries([...exceptions].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  const model = learn(rows, baseline, { ...options, rowsPerKey });
  const unseenShare = model.algorithm === 'isolation-forest' ? model.forest.unseenShare : 0;
  return { model, evidence: trainingEvidence(counts, halves, options, unseenShare) };
}

function learn(rows: readonly SampledRow[], baseline: Baseline, options: TrainingOptions): Model {
  const { trees, subsample, contamination, seed, rowsPerKey } = options;
  const window = {
    from: isoOf(options.from),
    to: isoOf(options.to),
  };
  const shared = {
    kind: 'ot-anomaly-model',
    schemaVersion: 3,
    profile: options.profile ?? OWN_PROFILE,
    alertLine: ALERT_LINE,
    baseline,
    comparison: options.compare === false ? NOT_COMPARED : compareAlgorithms(rows, options),
  } as const;
  switch (options.algorithm ?? 'isolation-forest') {
    case 'isolation-forest':
      return {
        ...shared,
        algorithm: 'isolation-forest',
        options: { ...window, trees, subsample, contamination, seed, rowsPerKey },
        forest: growForest(rows, baseline, options),
      };
    case 'z-score':
      return {
        ...shared,
        algorithm: 'z-score',
        options: { ...window, contamination, seed, rowsPerKey },
        zScore: fitZScore(rows, baseline, contamination),
      };
  }
}

async function count(source: BaselineSource, options: TrainingOptions, progress: TrainingProgress) {
  const counts = new StructureCounts(options.from);
  const present = new Presence(options.from);
  const silences = new SilenceLimits(options.from);
  const writes = new WriteRates();
  const exceptions = new Map<string, { rows: number; exceptions: number; mostAnHour: number }>();
  const groups = new Map<string, { example: OtRecord; rows: number }>();
  let buckets = 0;
  for await (const bucket of source.hourCounts()) {
    counts.add(bucket);
    present.add(bucket);
    silences.add(bucket);
    writes.add(bucket);
    const key = groupKey(bucket.record);
    const known = exceptions.get(key) ?? { rows: 0, exceptions: 0, mostAnHour: 0 };
    exceptions.set(key, {
      rows: known.rows + bucket.rows,
      exceptions: known.exceptions + bucket.exceptions,
      mostAnHour: Math.max(known.mostAnHour, bucket.exceptions),
    });
    addToGroup(groups, bucket);
    buckets += 1;
    if (buckets % 10_000 === 0) progress('counting', buckets, undefined);
  }
  const inOrder = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  return { counts, groups: inOrder, present, silences, exceptions, writes };
}

/**
 * However many relations there are, each is read as often as its charts need: a plant of a thousand relations is no reason to
 * know less of any of them.
 */
function rowsOfEachKey(keys: number, hours: number): number {
  return Math.max(ROWS_AN_HOUR_AT_LEAST * hours, Math.floor(ROWS_READ / keys));
}

async function sample(
  source: BaselineSource,
  groups: readonly Group[],
  { limit, daysWithData }: { readonly limit: number; readonly daysWithData: number },
  { seed, from, to }: TrainingOptions,
  progress: TrainingProgress,
) {
  const learner = new GroupLearner({ from, to }, daysWithData);
  const held = Math.max(ROWS_HELD_PER_KEY_AT_LEAST, Math.floor(ROWS_HELD_AT_MOST / groups.length));
  const rows: SampledRow[] = [];
  const sampled = new Map<string, number>();
  for (let i = 0; i < groups.length; i += SAMPLED_AT_ONCE) {
    const batch = groups.slice(i, i + SAMPLED_AT_ONCE);
    const read = await Promise.all(batch.map((group) => source.sample(group, limit, seed)));
    for (const [j, stretches] of read.entries()) {
      const group = batch[j];
      if (group === undefined) continue;
      const own = withIntervals(group, stretches);
      const { log } = group.example;
      sampled.set(log, (sampled.get(log) ?? 0) + own.length);
      learner.add(own);
      for (const row of heldOf(own, held)) rows.push(row);
    }
    progress('sampling', Math.min(i + SAMPLED_AT_ONCE, groups.length), groups.length);
  }
  return { rows, sampled, ...learner.finish() };
}

const SAMPLED_AT_ONCE = 4;

function withIntervals(group: Group, stretches: readonly (readonly OtRecord[])[]): SampledRow[] {
  const total = stretches.reduce((sum, stretch) => sum + stretch.length, 0);
  const weight = group.rows / Math.max(1, total);
  return stretches.flatMap((stretch) => {
    const tracker = new IntervalTracker();
    return stretch.map((record) => ({ record, interval: tracker.next(record), weight }));
  });
}

/** The fractional parts of its multiples fill 0 … 1 evenly, so no beat with the length of a stretch takes first rows only. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** About `atMost` of a group's rows, each standing for as many as it then has to. */
function heldOf(rows: readonly SampledRow[], atMost: number): readonly SampledRow[] {
  if (rows.length <= atMost) return rows;
  const kept = rows.filter((_, i) => (i * GOLDEN) % 1 < atMost / rows.length);
  return kept.map((row) => ({ ...row, weight: (row.weight * rows.length) / kept.length }));
}

function refuse(
  days: number,
  gaps: readonly string[],
  { acceptShortBaseline: acceptShort, daysAtLeast = DAYS_AT_LEAST }: TrainingOptions,
): Refusal | undefined {
  if (days === 0) return { reason: 'empty' };
  if (days < daysAtLeast) return { reason: 'too-short', days, gaps };
  if (days < DAYS_FOR_PRODUCTION && !acceptShort) return { reason: 'short', days, gaps };
  return undefined;
}
