import { CodedError } from '../../errors.js';

export type BucketErrorCode =
  /** Not of the form s3://bucket/prefix. */
  | 'invalid_address'
  /** No answer in time, or no connection. */
  | 'unreachable'
  /** There is no bucket of that name there. */
  | 'no_bucket'
  /** The store knows no such key, or the key may not do this. */
  | 'denied'
  /** The store's clock and this host's differ. */
  | 'clock'
  /** The object is not there. */
  | 'not_found'
  /** Larger than anything that the registry writes. */
  | 'too_large'
  /** The store overwrites what it was asked to create. */
  | 'overwrites'
  /** What is there is not what was written. */
  | 'altered'
  /** Any other answer. */
  | 'refused';

/** What kept the registry's bucket from being read or written. */
export class BucketError extends CodedError<BucketErrorCode> {}
