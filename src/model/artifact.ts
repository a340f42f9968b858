import { z } from 'zod';
import { STRUCTURE_LEVELS } from '../features/relation.js';
import { modelProfileSchema } from '../profiles/modelProfile.js';
import { driftReferenceSchema } from './drift/reference.js';

/** Below this score a row is an anomaly. The scale runs from −0.5 to 0.5; lower is more anomalous. */
export const ALERT_LINE = -0.15;

const count = z.number().int().nonnegative();
const bins = z.array(z.tuple([z.number().int(), count]));
/** surprisal (−log10 p) from which a value counts as never seen; null: no cut-off kept its promise, so it never does */
const rarityCutOff = z.number().nullable();
const histogram = z.strictObject({ n: count, bins, rarityCutOff });

const sequence = z.strictObject({
  n: count,
  /** seconds */
  median: z.number().nonnegative(),
  /** seconds: the 0.9 quantile, which in a burst of several requests a cycle is the wait for the next cycle */
  cycle: z.number().nonnegative(),
  /** which histogram speaks for this sequence, or why none can */
  sight: z.enum(['own', 'pooled', 'too-few-rows', 'too-few-days', 'aperiodic']),
  bins,
  rarityCutOff,
  /** surprisal from which an interval counts as a hit of the 3-of-10 rule; null: no cut-off kept its promise */
  runCutOff: rarityCutOff,
  /** hits of the last ten from which it speaks; absent in older models: 3 */
  runHits: count.optional(),
});

const tree = z.strictObject({
  feature: z.array(z.number().int()),
  value: z.array(z.number()),
  left: z.array(count),
  low: z.array(z.number()),
  high: z.array(z.number()),
});

const levels = Object.fromEntries(
  STRUCTURE_LEVELS.map((level) => [level, z.record(z.string(), count)]),
) as Record<(typeof STRUCTURE_LEVELS)[number], z.ZodRecord<z.ZodString, typeof count>>;

const baseline = z.strictObject({
  daysWithData: count,
  gaps: z.array(z.string()),
  /** trained on fewer days than the minimum: a lab model for good */
  shortBaseline: z.boolean(),
  logs: z.record(z.string(), z.strictObject({ rows: count, sampled: count })),
  /** key → UTC days on which it was seen */
  structure: z.strictObject(levels),
  /** sequence key → intervals in seconds on INTERVAL_AXIS (own) or as a multiple of the median (pooled) */
  intervals: z.record(z.string(), sequence),
  /** log|functionCode → interval / median of its sequence, on RATIO_AXIS */
  pooledIntervals: z.record(z.string(), histogram),
  /** series key (series.ts) → what its hourly means are held against */
  drift: z.record(z.string(), driftReferenceSchema),
  /** series key → limit of its surprise chart; series that are not charted are absent */
  surprise: z.record(z.string(), z.number().positive()),
  /** source, or source|destination|port|protocol → hours of the week (168 bits, hexadecimal) in which it may be present */
  presence: z.record(z.string(), z.string().regex(/^[\da-f]{1,42}$/)),
  /** relation key → seconds without a request after which a relation that is always there counts as silent */
  silence: z.record(z.string(), z.number().positive()),
  /** log|relation|functionCode → rows, and how many of them held an exception: in all, and in any one hour (absent in older models) */
  exceptions: z.record(
    z.string(),
    z.strictObject({ rows: count, exceptions: count, mostAnHour: count.optional() }),
  ),
  /** relation key → bytes of its connections on BYTES_AXIS; `profile.bytes` says of which kind */
  bytes: z.record(z.string(), z.strictObject({ orig: histogram, resp: histogram })),
  /** relation key → bytes of answer for each byte asked (answers.ts), where its connections keep to some; absent in older models */
  answers: z
    .record(z.string(), z.strictObject({ n: count, median: z.number(), hits: count, bins }))
    .optional(),
  /** log|relation|functionCode of what writes → the most requests by window (writeRate.ts); absent in older models */
  writes: z.record(z.string(), z.array(count)).optional(),
  /**
   * log|source|destination|port|protocol|unit|functionCode of what writes → all it ever wrote to, `address|quantity`
   * (training/writtenAddresses.ts); what has no settled set of them is absent, and so it is in older models
   */
  writtenAddresses: z.record(z.string(), z.array(z.string())).optional(),
  /**
   * … and address|quantity → by position from the address on, the least and the most that was written (training/writtenValues.ts);
   * null: no range that says anything
   */
  writtenValues: z
    .record(z.string(), z.array(z.tuple([z.number(), z.number()]).readonly().nullable()))
    .optional(),
});

const forest = z.strictObject({
  features: z.array(z.string()),
  trees: z.array(tree),
  /** contamination quantile of the training rows' S; decision = S − offset */
  offset: z.number(),
  /** share of the training rows that carry a never-seen feature */
  unseenShare: z.number(),
  /** whether a never-seen feature can push the decision below the alert line at all */
  canAlert: z.boolean(),
});

const moments = z.strictObject({ n: count, mean: z.number(), deviation: z.number().nonnegative() });

const zScore = z.strictObject({
  features: z.array(z.string()),
  /** feature → its mean and standard deviation over all rows, on the axis of zScore/measures.ts */
  plant: z.record(z.string(), moments),
  /** feature|relation (feature|sequence for intervals) → the same over its own rows, where there are enough */
  own: z.record(z.string(), moments),
  /** standard deviations from which a row is an anomaly */
  limit: z.number().positive(),
});

/** What was changed in held-out rows → how many were changed, and how many of these were below the alert line. */
const changed = z.record(
  z.string(),
  z.strictObject({
    rows: count,
    found: count,
    /** of the found, those that neither novelty nor histograms found */
    beyondOthers: count,
  }),
);
/** How one algorithm did on held-out rows; `falsePositives` of them were below the alert line as they were. */
const measured = z.strictObject({ falsePositives: count, changed });

/** Both algorithms, trained on the first part of the window and shown the same rows of the last part. */
const comparison = z.strictObject({
  /** 0: the window had nothing to hold out */
  heldOutRows: count,
  algorithms: z.record(z.string(), measured),
});

const options = {
  /** ISO 8601, inclusive */
  from: z.string(),
  /** ISO 8601, exclusive */
  to: z.string(),
  contamination: z.number(),
  seed: z.number().int(),
  rowsPerKey: count,
};

/** What every model holds, whatever its algorithm. */
const shared = {
  kind: z.literal('ot-anomaly-model'),
  schemaVersion: z.literal(3),
  /** the index convention the rows were read through; a model refuses rows of another */
  profile: modelProfileSchema,
  alertLine: z.literal(ALERT_LINE),
  baseline,
  comparison,
};

/** Everything the detectors know. No clock reading and no index name is in it: same documents, same bytes. */
export const modelSchema = z.discriminatedUnion('algorithm', [
  z.strictObject({
    ...shared,
    algorithm: z.literal('isolation-forest'),
    options: z.strictObject({ ...options, trees: count, subsample: count }),
    forest,
  }),
  z.strictObject({
    ...shared,
    algorithm: z.literal('z-score'),
    options: z.strictObject(options),
    zScore,
  }),
]);

export type Model = z.infer<typeof modelSchema>;
export type Algorithm = Model['algorithm'];
export const ALGORITHMS: readonly Algorithm[] = ['isolation-forest', 'z-score'];
/** The parts of a model that its algorithm's detector reads. */
export interface ForestModel {
  readonly forest: z.infer<typeof forest>;
  readonly options: { readonly subsample: number };
}
export interface ZScoreModel {
  readonly zScore: z.infer<typeof zScore>;
}
export type Moments = z.infer<typeof moments>;
export type Comparison = z.infer<typeof comparison>;
export type Baseline = Model['baseline'];
export type StoredHistogram = z.infer<typeof histogram>;
export type Sequence = z.infer<typeof sequence>;
