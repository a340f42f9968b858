import { z } from 'zod';

/**
 * What the adversarial gate wrote beside the model (gate.json). Only the verdict decides here; what the tests
 * measured is read by people and kept by digest, so other keys are let through.
 */
export const gateResultSchema = z.looseObject({
  passed: z.boolean(),
  reasons: z.array(z.string()),
  /** the model that was tried */
  modelSha256: z.string(),
  /** digest of the retraining policy whose floors it was held to */
  policySha256: z.string(),
  drift: z.looseObject({}).optional(),
  falsePositives: z.looseObject({}).optional(),
  evasion: z.array(z.unknown()).optional(),
  poisoning: z.array(z.unknown()).optional(),
});

export type GateResult = z.infer<typeof gateResultSchema>;
