import { z } from 'zod';
import { sensorHealthSchema } from '../sensor/sensorState.js';
import { arrivalCountsSchema } from './arrivalCounts.js';
import { groupStateSchema } from './ledgerState.js';
import { stageStateSchema } from './stageState.js';

/**
 * Everything a scorer remembers, as it was after the last arrival that it took in: another process that starts
 * with it takes each later arrival in once, and decides what the first would have decided.
 *
 * A part that is added needs a default, or the checkpoints of an earlier version are passed over.
 */
export const scorerStateSchema = z.strictObject({
  reader: z.strictObject({
    position: z.string(),
    seen: z.array(z.tuple([z.string(), z.string()])),
    /** checkpoints of earlier versions have none */
    seenFrom: z.string().optional(),
    /** checkpoints of earlier versions have none */
    beginning: z.string().optional(),
    /** checkpoints of earlier versions have none */
    counts: arrivalCountsSchema.default({ first: null, counts: [] }),
  }),
  /** documents that wait behind the watermark */
  held: z.array(z.string()),
  stage: stageStateSchema,
  groups: z.array(groupStateSchema),
  sensors: sensorHealthSchema.default({ sensors: [], clock: null, listenFrom: null }),
});

export type ScorerState = Readonly<z.infer<typeof scorerStateSchema>>;
