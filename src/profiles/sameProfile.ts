import type { LoadedModel } from '../registry/store.js';
import { modelProfile } from './modelProfile.js';
import { ProfileError } from './profileError.js';
import type { IndexProfile } from './schema.js';

/**
 * A model judges only rows that were read as its baseline was: another meaning of bytes, or a column more or less,
 * would make everything look new.
 *
 * @throws {ProfileError} other_profile
 */
export function requireSameProfile({ sha256, model }: LoadedModel, profile: IndexProfile): void {
  const now = modelProfile(profile);
  const then = model.profile;
  if (then.name === now.name && then.sha256 === now.sha256) return;
  const short = (digest: string) => digest.slice(0, 12);
  const advice =
    then.name === now.name
      ? `The profile ${now.name} has changed since. Go back to the one of then, or train again through this one.`
      : `Give --profile ${then.name}, or train a model through ${now.name}: "ot-anomaly train --profile ${now.name}".`;
  throw new ProfileError(
    'other_profile',
    `model ${short(sha256)} was trained through profile ${then.name} (${short(then.sha256)}, bytes: ${then.bytes}), this run reads through ${now.name} (${short(now.sha256)}, bytes: ${now.bytes})`,
    advice,
  );
}
