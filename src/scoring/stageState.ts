import { z } from 'zod';
import { silenceStateSchema } from './silenceWatch.js';

/**
 * All that a scoring stage remembers between two arrivals. Together with the reader's place it makes a restart
 * exact: what was taken in before the checkpoint is not taken in again.
 */
export const stageStateSchema = z.strictObject({
  /** sequence key → time (s) and uid of its newest request, and the uid before that one */
  sequences: z.array(z.tuple([z.string(), z.tuple([z.number(), z.string(), z.string().optional()])])),
  /** stream → its newest time (s), which moves the watermark */
  newest: z.array(z.tuple([z.string(), z.number()])),
  /** chart → what it remembers by key; each chart checks its own */
  charts: z.record(z.string(), z.array(z.tuple([z.string(), z.unknown()]))).default({}),
  silence: silenceStateSchema.default([]),
});

export type StageState = Readonly<z.infer<typeof stageStateSchema>>;
