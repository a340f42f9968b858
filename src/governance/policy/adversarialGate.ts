import { z } from 'zod';

/**
 * What the adversarial gate holds a model to. The article's limits may be drawn tighter, never wider: a file that
 * tries is refused. The others are the site's.
 */
export const adversarialGateSchema = z
  .strictObject({
    /** share of all drifting polls that must be found */
    drift_strict_rate: z.number().min(0.9, 'expected at least 0.90: the article’s floor').max(1).default(0.9),
    /** of seven, the first is 1 */
    drift_first_detection_day: z
      .number()
      .int()
      .min(1)
      .max(5, 'expected at most 5: the article’s limit')
      .default(5),
    false_positive_rate: z
      .number()
      .min(0)
      .max(0.001, 'expected at most 0.001: one held-out record in a thousand')
      .default(0.001),
    alerts_per_shift: z.number().min(0).max(50).default(5),
    /** what the white-box search is to reach: so many registers of one device in so many hours */
    write_goal: z
      .strictObject({
        registers: z.number().int().min(1).max(10_000),
        hours: z.number().min(1).max(168),
      })
      .default({ registers: 100, hours: 8 }),
    /** units of an attack's goal that a host may do unseen which never wrote to the device */
    unseen_by_strangers: z.number().int().min(0).default(0),
    /** the same of a host that writes to it anyway; null: reported only */
    unseen_by_writers: z.number().int().min(0).nullable().default(null),
    /** share of the poisonings that would blind a model which its training's review has to show */
    poisoning_caught: z
      .strictObject({
        with_inventory: z.number().min(0).max(1),
        without_inventory: z.number().min(0).max(1),
      })
      .default({ with_inventory: 0.95, without_inventory: 0.7 }),
  })
  .prefault({});

export type AdversarialGate = z.infer<typeof adversarialGateSchema>;
