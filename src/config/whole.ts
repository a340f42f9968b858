import { z } from 'zod';

/** A setting that is a whole number from `min` to `max`; `usual` where it is unset. */
export function whole(min: number, max: number, usual: number) {
  return z.coerce
    .number({ error: `expected a whole number from ${min} to ${max}` })
    .int()
    .min(min)
    .max(max)
    .default(usual);
}
