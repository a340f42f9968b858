import { readFileSync } from 'node:fs';
import {
  Client,
  Transport,
  type TransportRequestOptions,
  type TransportRequestOptionsWithMeta,
  type TransportRequestOptionsWithOutMeta,
  type TransportRequestParams,
  type TransportResult,
} from '@elastic/elasticsearch';
import { ConfigError } from '../config/configError.js';
import type { Connection, Credential } from '../config/connection.js';

/** A bulk of 5 MB through pipelines takes about a second; anything this long is a fault. */
const REQUEST_TIMEOUT_MS = 30_000;

/** How often a request that changes nothing is sent again after a lost connection or a 502, 503 or 504. */
const READ_RETRIES = 3;

/** POST endpoints that only read (a point in time that is opened twice expires by itself). */
const READING_POST = /\/_(search|msearch|count|field_caps|mget|pit|has_privileges|simulate)\b/;

/**
 * Sends a request again only where that can't write anything twice: reads. A write that got no answer may have
 * happened; its caller knows whether a second one is harmless and says so with `maxRetries` of its own.
 */
class RetryReadsTransport extends Transport {
  override request<T = unknown>(
    params: TransportRequestParams,
    options?: TransportRequestOptionsWithOutMeta,
  ): Promise<T>;
  override request<T = unknown, C = unknown>(
    params: TransportRequestParams,
    options?: TransportRequestOptionsWithMeta,
  ): Promise<TransportResult<T, C>>;
  override request<T = unknown>(
    params: TransportRequestParams,
    options: TransportRequestOptions = {},
  ): Promise<T> {
    return super.request<T>(params, { ...options, maxRetries: options.maxRetries ?? retriesOf(params) });
  }
}

/** How often this request may be sent again without the caller's word. */
export function retriesOf({ method, path }: Pick<TransportRequestParams, 'method' | 'path'>): number {
  const reads = method === 'GET' || method === 'HEAD' || (method === 'POST' && READING_POST.test(path));
  return reads ? READ_RETRIES : 0;
}

/**
 * Opens a client: no sniffing (addresses behind a proxy would be wrong), 30 s a request, retries of reads only.
 * Close it with `client.close()`.
 *
 * @throws {ConfigError} if the file of the certificate authority can't be read
 */
export function createClient({ url, credential, caFile }: Connection): Client {
  return new Client({
    node: url,
    auth: authOf(credential),
    ...(caFile === undefined ? {} : { tls: { ca: readCertificate(caFile) } }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    enableMetaHeader: false,
    Transport: RetryReadsTransport,
  });
}

function authOf(credential: Credential): NonNullable<ConstructorParameters<typeof Client>[0]['auth']> {
  switch (credential.kind) {
    case 'apiKey':
      return { apiKey: credential.encoded };
    case 'bearer':
      return { bearer: credential.token };
    case 'basic':
      return { username: credential.username, password: credential.password };
  }
}

function readCertificate(caFile: string): string {
  try {
    return readFileSync(caFile, 'utf8');
  } catch (cause) {
    throw new ConfigError(
      [{ name: 'ES_CA_FILE', problem: `${caFile} can't be read` }],
      'Give the path of a PEM file that this user may read, or unset ES_CA_FILE for a public certificate.',
      { cause },
    );
  }
}
