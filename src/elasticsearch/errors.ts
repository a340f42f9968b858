import { errors } from '@elastic/elasticsearch';
import { OtAnomalyError } from '../errors.js';

export type ElasticsearchErrorCode =
  /** No answer: nothing listens there, the name is unknown, TLS failed. */
  | 'unreachable'
  /** An answer did not come in time; a write may have happened. */
  | 'timed_out'
  /** 401: the credential is wrong, expired or missing. */
  | 'unauthenticated'
  /** 403: the credential is right and may not do this. */
  | 'forbidden'
  /** 404: the stream, index or document does not exist. */
  | 'not_found'
  /** 404 in the middle of reading: an index that was being read is gone. */
  | 'index_gone'
  /** 409: exists already. */
  | 'conflict'
  /** 429, 502, 503, 504: too busy or starting; the same request may succeed later. */
  | 'overloaded'
  /** Any other 4xx or 5xx, or an item of a bulk that can't be indexed. */
  | 'rejected'
  /** Something answers there, and it isn't Elasticsearch. */
  | 'not_elasticsearch'
  /** The caller gave up through its AbortSignal. */
  | 'aborted'
  /** The streams, templates or pipelines are not there: set-up hasn't run. */
  | 'not_set_up';

/** What Elasticsearch refused or could not do, with what to do about it; holds no secret. */
export class ElasticsearchError extends OtAnomalyError {
  readonly code: ElasticsearchErrorCode;
  /** HTTP status, if there was an answer. */
  readonly status: number | undefined;

  constructor(
    code: ElasticsearchErrorCode,
    message: string,
    advice: string,
    options: ErrorOptions & { readonly status?: number | undefined } = {},
  ) {
    super(redact(message), advice, options);
    this.code = code;
    this.status = options.status;
  }
}

/**
 * Runs a request; what the client throws becomes an ElasticsearchError that says what was being done.
 * Errors of other kinds pass unchanged.
 *
 * @param doing a participle, such as `reading the newest checkpoint`
 */
export async function explaining<T>(doing: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw explain(error, doing);
  }
}

/** What the client threw, as an ElasticsearchError; an error of another kind is returned unchanged. */
export function explain(error: unknown, doing: string): unknown {
  if (error instanceof errors.ResponseError) return fromResponse(error, doing);
  if (error instanceof errors.TimeoutError)
    return new ElasticsearchError(
      'timed_out',
      `${doing}: Elasticsearch did not answer in time`,
      'See whether the cluster is overloaded, then run the same command again.',
      { cause: error },
    );
  if (error instanceof errors.RequestAbortedError)
    return new ElasticsearchError('aborted', `${doing}: interrupted`, 'Run the same command again.', {
      cause: error,
    });
  if (error instanceof errors.ProductNotSupportedError)
    return new ElasticsearchError(
      'not_elasticsearch',
      `${doing}: what answers at ES_URL is not Elasticsearch`,
      'Check ES_URL: it must be the address of Elasticsearch itself, not of Kibana or a proxy page.',
      { cause: error },
    );
  if (error instanceof errors.ConnectionError || error instanceof errors.NoLivingConnectionsError)
    return new ElasticsearchError(
      'unreachable',
      `${doing}: Elasticsearch can't be reached (${error.message})`,
      'Check ES_URL (scheme, host and port), that Elasticsearch runs, and for https ES_CA_FILE.',
      { cause: error },
    );
  return error;
}

function fromResponse(error: errors.ResponseError, doing: string): ElasticsearchError {
  const status = error.statusCode ?? 0;
  const reason = reasonOf(error.body) ?? error.message;
  return fromStatus(status, reason, doing, error);
}

/** The same for a status and reason that came inside an answer, such as an item of a bulk. */
export function fromStatus(
  status: number,
  reason: string,
  doing: string,
  cause?: unknown,
): ElasticsearchError {
  const make = (code: ElasticsearchErrorCode, advice: string) =>
    new ElasticsearchError(code, `${doing}: ${reason} (HTTP ${status})`, advice, { cause, status });
  switch (status) {
    case 401:
      return make(
        'unauthenticated',
        'Check ES_API_KEY (or ES_USERNAME and ES_PASSWORD): wrong, expired or revoked. "ot-anomaly setup" writes new keys.',
      );
    case 403:
      return make('forbidden', forbiddenAdvice(reason));
    case 404:
      return make('not_found', 'Run "ot-anomaly setup" first, and check the names that were given.');
    case 409:
      return make('conflict', 'It exists already; nothing was changed.');
    case 429:
    case 502:
    case 503:
    case 504:
      return make('overloaded', overloadedAdvice(reason));
    default:
      return make(
        'rejected',
        'The reason is above; if a template or pipeline is old, run "ot-anomaly setup".',
      );
  }
}

/** A full disk is no load that passes by itself. */
function overloadedAdvice(reason: string): string {
  return /flood-stage watermark|read-only-allow-delete/.test(reason)
    ? 'Elasticsearch is short of disk: free space or add a node. It takes writes again by itself once there is room.'
    : 'Wait until the cluster has caught up, then run the same command again.';
}

/** Elasticsearch names the missing privilege in its reason: `this action is granted by the index privileges [a,b]`. */
function forbiddenAdvice(reason: string): string {
  const granted = /granted by the (index|cluster) privileges \[([^\]]+)\]/.exec(reason);
  const [, level, names] = granted ?? [];
  const privilege =
    names === undefined
      ? 'a privilege it lacks'
      : `one of the ${level} privileges ${names.split(',').join(', ')}`;
  return `The credential needs ${privilege}. Use the key that "ot-anomaly setup" wrote for this part, or extend the role.`;
}

function reasonOf(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const { error } = body;
  if (typeof error === 'string') return error;
  if (!isObject(error)) return undefined;
  const { reason, type } = error;
  if (typeof reason === 'string') return reason;
  return typeof type === 'string' ? type : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Takes credentials out of a text: user and password in an address, and what follows a scheme of authorization. */
export function redact(text: string): string {
  return text
    .replace(/(https?:\/\/)[^/@\s]*@/gi, '$1…@')
    .replace(/\b(ApiKey|Basic|Bearer)\s+(?=\S*[0-9=])[A-Za-z0-9+/=_.:-]{8,}/g, '$1 …')
    .replace(/("?(?:password|api_key|apiKey|encoded)"?\s*[:=]\s*)"?[^"\s,}]+"?/gi, '$1…');
}
