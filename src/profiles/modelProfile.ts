import { z } from 'zod';
import { canonicalBytes, sha256 } from '../registry/digest.js';
import { profileLimits } from './limits.js';
import type { IndexProfile } from './schema.js';

/** What a model remembers of the profile that its baseline was read through. */
export const modelProfileSchema = z.strictObject({
  name: z.string(),
  /** of what decides how a document becomes a row */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** what the bytes of a connection are */
  bytes: z.enum(['payload', 'ip', 'none']),
  /** what is weaker than with every column of Zeek's, and why */
  limits: z.array(z.string()),
});

export type ModelProfile = z.infer<typeof modelProfileSchema>;

/** Rows as Zeek wrote them, and our own streams, which keep all of them. */
export const OWN_PROFILE: ModelProfile = {
  name: 'ot_zeek',
  sha256: '8e96a070cdb58b5593a06393c00c4a787e54f7a3e284532f9d0e10463765628c',
  bytes: 'payload',
  limits: [],
};

export function modelProfile(profile: IndexProfile): ModelProfile {
  return {
    name: profile.name,
    sha256: sha256(canonicalBytes(meaningOf(profile))),
    bytes: profile.logs.conn?.bytes?.meaning ?? 'none',
    limits: [...profileLimits(profile)],
  };
}

/**
 * The part of a profile that decides what a document means. Index patterns, the arrival field and every text may
 * change without making a model useless.
 */
function meaningOf({ where, log_field, time, identity, logs }: IndexProfile): unknown {
  return {
    where,
    log_field,
    time,
    identity,
    logs: Object.fromEntries(
      Object.entries(logs).map(([log, { index: _, loses: __, ...meaning }]) => [log, meaning]),
    ),
  };
}
