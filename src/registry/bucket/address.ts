import { BucketError } from './bucketError.js';

export interface BucketAddress {
  readonly bucket: string;
  /** empty, or ending in a slash */
  readonly prefix: string;
}

const SCHEME = 's3://';
/** S3's rules for names of buckets, less those that only AWS needs. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*\/)*$/;

export function isBucketAddress(text: string): boolean {
  return text.startsWith(SCHEME);
}

/** @param text `s3://bucket` or `s3://bucket/prefix` @throws {BucketError} invalid_address */
export function parseBucketAddress(text: string): BucketAddress {
  const [bucket = '', ...rest] = text.slice(SCHEME.length).split('/');
  const path = rest.join('/').replace(/\/$/, '');
  const prefix = path === '' ? '' : `${path}/`;
  if (isBucketAddress(text) && BUCKET.test(bucket) && PREFIX.test(prefix)) return { bucket, prefix };
  throw new BucketError(
    'invalid_address',
    `${text}: expected s3://bucket or s3://bucket/prefix`,
    'Bucket: 3 to 63 of a-z, 0-9, dots and hyphens. Prefix: folders of letters, digits, dots, hyphens and underscores.',
  );
}
