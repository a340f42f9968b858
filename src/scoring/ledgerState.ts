import { z } from 'zod';
import { GROUP_KINDS } from '../anomaly/group.js';

const count = z.number().int().nonnegative();

/** What a group ledger remembers of one group, as a checkpoint keeps it. */
export const groupStateSchema = z.strictObject({
  group: z.strictObject({
    key: z.string(),
    shift: z.number().int(),
    kind: z.enum(GROUP_KINDS),
  }),
  records: count,
  /** the sources seen, as far as they were kept; `sourceCount` holds however many */
  sources: z.array(z.string()),
  sourceCount: count,
  toldAt: z.number(),
  seenAt: z.number(),
  allowance: count,
  refilledAt: z.number(),
});

export type GroupState = Readonly<z.infer<typeof groupStateSchema>>;
