import { CodedError } from '../errors.js';

export type ModelErrorCode = 'not_found' | 'ambiguous' | 'corrupt' | 'digest_mismatch' | 'profile_mismatch';

/** A model that can't be used: absent, altered, or not one of ours. */
export class ModelError extends CodedError<ModelErrorCode> {}
