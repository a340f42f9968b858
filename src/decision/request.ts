import { z } from 'zod';

/** What a person can decide. The first four are verdicts on the alert, the next two answer a draft. */
export const ACTIONS = [
  'true_positive',
  'false_positive',
  'dismiss',
  'escalate',
  'confirm',
  'reject',
  'reset_drift',
] as const;
export type Action = (typeof ACTIONS)[number];

export const JUSTIFICATION_MAX_CHARACTERS = 2_000;

const text = (max: number) => z.string().trim().max(max);

/** A decision as a form or a program sends it; an empty field of a form counts as none. */
export const decisionRequestSchema = z.strictObject({
  action: z.enum(ACTIONS).meta({ description: 'confirm and reject answer a draft; the others the alert' }),
  justification: text(JUSTIFICATION_MAX_CHARACTERS)
    .default('')
    .meta({ description: 'why, in your own words' }),
  ticket: text(64)
    .default('')
    .meta({ description: 'the change ticket of the site, to confirm what touches the process' }),
  recommendation_id: text(128).default('').meta({ description: 'the draft that is confirmed or rejected' }),
  seen: z
    .array(text(128))
    .max(200)
    .default([])
    .meta({ description: 'decisions on this alert that were known when deciding' }),
});
export type DecisionRequest = Readonly<z.infer<typeof decisionRequestSchema>>;
