import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { BucketError, type BucketErrorCode } from './bucketError.js';
import type { ObjectStore } from './objectStore.js';

/** A call that takes longer is given up: a model of 50 MB over 10 Mbit/s takes 40 s. */
const CALL_MS = 120_000;
const CONNECT_MS = 5_000;
const ATTEMPTS = 3;
const KEYS_A_PAGE = 1_000;
/** What a store of one's own calls its one region. */
const ANY_REGION = 'us-east-1';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A bucket through the SDK's usual settings: AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL), AWS_REGION, AWS_ACCESS_KEY_ID with
 * AWS_SECRET_ACCESS_KEY, or AWS_PROFILE and the files that AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name. Path
 * style wherever an endpoint is given, unless OT_ANOMALY_S3_PATH_STYLE is `false`.
 */
export function s3Store(bucket: string, env: Environment): ObjectStore {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  // A plant's network has no metadata service: without this the SDK would look for one. And it would warn on each start
  // of the next version's Node.
  process.env['AWS_EC2_METADATA_DISABLED'] ??= 'true';
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const client = new S3Client({
    ...(region !== undefined ? { region } : endpoint === undefined ? {} : { region: ANY_REGION }),
    forcePathStyle: endpoint !== undefined && env['OT_ANOMALY_S3_PATH_STYLE'] !== 'false',
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: CALL_MS },
    // Digests are our own. Not every store knows the trailing checksums that are the default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    followRegionRedirects: false,
  });
  const where = `s3://${bucket}`;
  const call = async <T>(what: string, act: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await act(AbortSignal.timeout(CALL_MS));
    } catch (error) {
      throw error instanceof BucketError ? error : explain(where, what, error);
    }
  };
  return {
    list: (prefix, after, limit) =>
      call(`listing ${prefix}`, async (abortSignal) => {
        const keys: string[] = [];
        let token: string | undefined;
        do {
          const page = await client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix,
              StartAfter: after === '' ? undefined : after,
              MaxKeys: Math.min(KEYS_A_PAGE, limit - keys.length),
              ContinuationToken: token,
            }),
            { abortSignal },
          );
          for (const { Key } of page.Contents ?? [])
            if (Key?.startsWith(prefix) && Key > after) keys.push(Key);
          token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
        } while (token !== undefined && keys.length < limit);
        return keys.slice(0, limit).sort();
      }),
    read: (key, maxBytes) =>
      call(`reading ${key}`, async (abortSignal) => {
        const { Body, ContentLength } = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key }),
          {
            abortSignal,
          },
        );
        const body = Body as (AsyncIterable<Uint8Array> & { destroy(): void }) | undefined;
        if (body === undefined) return Buffer.alloc(0);
        const stop = () => body.destroy();
        abortSignal.addEventListener('abort', stop);
        try {
          if ((ContentLength ?? 0) > maxBytes) throw tooLarge(where, key, maxBytes);
          const chunks: Uint8Array[] = [];
          let length = 0;
          for await (const chunk of body) {
            length += chunk.byteLength;
            if (length > maxBytes) throw tooLarge(where, key, maxBytes);
            chunks.push(chunk);
          }
          return Buffer.concat(chunks);
        } finally {
          abortSignal.removeEventListener('abort', stop);
          stop();
        }
      }),
    create: (key, bytes) =>
      call(`creating ${key}`, async (abortSignal) => {
        try {
          await client.send(
            new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, IfNoneMatch: '*' }),
            { abortSignal },
          );
          return true;
        } catch (error) {
          // 412: it is there. 409: another writer is creating it at this moment.
          if ([409, 412].includes(statusOf(error) ?? 0) && nameOf(error) !== 'NoSuchBucket') return false;
          throw error;
        }
      }),
    close: () => client.destroy(),
  };
}

/** Answers by their name, with what to do about each. */
const ANSWERS: Readonly<Record<string, readonly [code: BucketErrorCode, advice: string]>> = {
  NoSuchBucket: [
    'no_bucket',
    'Check the name after s3://, and AWS_ENDPOINT_URL_S3. The bucket has to be made by hand.',
  ],
  NoSuchKey: [
    'not_found',
    'Somebody removed it: the registry removes nothing. Restore it from a copy or a version.',
  ],
  AccessDenied: [
    'denied',
    'Give the key the right to list, read and create objects in this bucket, and no other.',
  ],
  InvalidAccessKeyId: ['denied', 'Check AWS_ACCESS_KEY_ID, or the profile that AWS_PROFILE names.'],
  SignatureDoesNotMatch: ['denied', 'Check AWS_SECRET_ACCESS_KEY, and that AWS_REGION is the store’s.'],
  ExpiredToken: ['denied', 'Sign in again: the session token has run out.'],
  CredentialsProviderError: [
    'denied',
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SHARED_CREDENTIALS_FILE with AWS_PROFILE.',
  ],
  RequestTimeTooSkewed: [
    'clock',
    'Set this host’s clock by NTP: the store refuses signatures of another time.',
  ],
  AuthorizationHeaderMalformed: ['denied', 'Set AWS_REGION to the region of the bucket.'],
  PermanentRedirect: [
    'denied',
    'Set AWS_REGION to the region of the bucket, or AWS_ENDPOINT_URL_S3 to its address.',
  ],
};

function explain(where: string, what: string, error: unknown): BucketError {
  const [name, status] = [nameOf(error), statusOf(error)];
  const known = ANSWERS[name];
  if (known !== undefined)
    return new BucketError(known[0], `${where}: ${what}: ${name}`, known[1], { cause: error });
  if (status !== undefined)
    return status === 403
      ? new BucketError('denied', `${where}: ${what}: refused with 403`, ANSWERS['AccessDenied']?.[1] ?? '', {
          cause: error,
        })
      : new BucketError(
          status === 404 ? 'not_found' : 'refused',
          `${where}: ${what}: the store answered ${status} ${name}`,
          'Look into the log of the store.',
          { cause: error },
        );
  if (error instanceof Error && /region is missing/i.test(error.message))
    return new BucketError('denied', `${where}: no region is set`, 'Set AWS_REGION.', { cause: error });
  return new BucketError(
    'unreachable',
    `${where}: ${what}: no answer (${messageOf(error)})`,
    'Check AWS_ENDPOINT_URL_S3, the network and, for a certificate of your own, NODE_EXTRA_CA_CERTS.',
    { cause: error },
  );
}

function tooLarge(where: string, key: string, maxBytes: number): BucketError {
  return new BucketError(
    'too_large',
    `${where}: ${key} has more than ${maxBytes} bytes, which the registry never writes`,
    'Find out who wrote it.',
  );
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/** Such as ECONNREFUSED: the message of an error of several attempts is empty. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return error.message === '' ? code : (error.message.split('\n')[0] ?? code);
}

function statusOf(error: unknown): number | undefined {
  const metadata =
    typeof error === 'object' && error !== null && '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined;
  return typeof status === 'number' ? status : undefined;
}
