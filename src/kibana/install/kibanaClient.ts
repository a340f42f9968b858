import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf } from '../../errors.js';
import type { KibanaConnection } from './kibanaConnection.js';
import { KibanaError } from './kibanaError.js';

export interface KibanaAnswer {
  readonly status: number;
  /** parsed JSON, or undefined where it was none */
  readonly body: unknown;
}

/** One request to Kibana; `path` begins with `/api`. An answer of any status but 401 and 403 is a value. */
export type AskKibana = (
  method: 'GET' | 'POST',
  path: string,
  content?: { readonly type: string; readonly bytes: Buffer },
) => Promise<KibanaAnswer>;

const TIMEOUT_MS = 60_000;
/** An answer lists what was imported: some 100 kB. */
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

/** @throws {KibanaError} unreachable, unauthenticated, forbidden */
export function kibanaClient({ url, authorization, ca }: KibanaConnection): AskKibana {
  return async (method, path, content) => {
    const answer = await new Promise<KibanaAnswer>((resolve, reject) => {
      const send = url.startsWith('https:') ? httpsRequest : httpRequest;
      const headers = {
        authorization,
        accept: 'application/json',
        'kbn-xsrf': 'ot-anomaly',
        ...(content === undefined
          ? {}
          : { 'content-type': content.type, 'content-length': content.bytes.length }),
      };
      const request = send(
        `${url}${path}`,
        { method, headers, timeout: TIMEOUT_MS, ...(ca === undefined ? {} : { ca }) },
        (response) => read(response).then(resolve, reject),
      );
      request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
      request.on('error', reject);
      request.end(content?.bytes);
    }).catch((cause: unknown) => {
      throw new KibanaError(
        'unreachable',
        `${url} did not answer: ${messageOf(cause)}`,
        'Check KIBANA_URL, that Kibana runs, and KIBANA_CA_FILE if its certificate is your own.',
        { cause },
      );
    });
    if (answer.status === 401)
      throw new KibanaError(
        'unauthenticated',
        `${url} did not accept the credential`,
        'Check KIBANA_API_KEY, or KIBANA_USERNAME and KIBANA_PASSWORD.',
      );
    if (answer.status === 403)
      throw new KibanaError(
        'forbidden',
        `the credential may not ${method} ${path}`,
        'It needs "All" on Saved Objects Management, Dashboard, Discover and Security (rules) in that space.',
      );
    return answer;
  };
}

async function read(response: IncomingMessage): Promise<KibanaAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_MAX_BYTES) throw new Error(`an answer of more than ${ANSWER_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString('utf8')) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
