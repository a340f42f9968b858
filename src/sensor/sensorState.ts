import { z } from 'zod';
import { CONDITION_KINDS } from './condition.js';
import { tallySchema } from './tally.js';

const evidence = z.strictObject({ observed: z.string(), usual: z.string(), text: z.string() });

/** A condition that lasts, or lasted: what was judged in that time may still be on its way. */
const condition = z.strictObject({
  kind: z.enum(CONDITION_KINDS),
  /** seconds since the epoch, by the clock of arrivals; from then on detectors abstain */
  since: z.number(),
  /** null while it lasts */
  until: z.number().nullable(),
  /** when it was last found to last */
  seenAt: z.number(),
  /** the newest shift in which it was told */
  toldShift: z.number().int(),
  evidence,
});
export type Condition = z.infer<typeof condition>;

/** All that is remembered of one sensor; a checkpoint keeps it. Times are arrivals, in seconds since the epoch. */
export const sensorStateSchema = z.strictObject({
  sensor: z.string(),
  firstAt: z.number(),
  lastAt: z.number(),
  rows: z.number(),
  /** the newest of Zeek's own times */
  newestTs: z.number().nullable(),
  /** seconds: the longest pause between two rows, of the UTC day `day` and of the one before */
  day: z.number().int(),
  longestPause: z.number(),
  longestPauseBefore: z.number(),
  /** windows that are not yet closed, by number */
  open: z.array(z.tuple([z.number().int(), tallySchema])),
  /** what closed windows held too little of to be judged */
  carried: tallySchema,
  conditions: z.array(condition),
});
export type SensorState = z.infer<typeof sensorStateSchema>;

export const sensorHealthSchema = z.strictObject({
  sensors: z.array(sensorStateSchema),
  clock: z.number().nullable(),
  listenFrom: z.number().nullable(),
});
export type SensorHealthState = Readonly<z.infer<typeof sensorHealthSchema>>;
