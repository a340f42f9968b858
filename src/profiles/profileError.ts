import { CodedError } from '../errors.js';

export type ProfileErrorCode =
  /** no such name and no such file */
  | 'not_found'
  /** not YAML, too large, or not a profile: every problem is named with its path */
  | 'invalid_profile'
  /** the model was trained through another profile */
  | 'other_profile';

/** A profile can't be used; the message names every problem. */
export class ProfileError extends CodedError<ProfileErrorCode> {}
