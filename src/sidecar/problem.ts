import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { ElasticsearchError } from '../elasticsearch/errors.js';

/** RFC 9457. `type` is a name within this product. */
export const problemSchema = z
  .object({
    type: z.string().meta({ example: 'urn:ot-anomaly:problem:no-such-alert' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.object({ field: z.string(), code: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'each field that is wrong' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;

export interface ProblemInput {
  readonly status: number;
  /** in kebab case */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors?: Problem['errors'];
}

export function sendProblem(response: Response, { code, errors, ...rest }: ProblemInput): void {
  const problem: Problem = {
    type: `urn:ot-anomaly:problem:${code}`,
    ...rest,
    ...(errors === undefined ? {} : { errors }),
  };
  response.status(rest.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** What was wrong with a body, from the schema that refused it. */
export function invalidBody(error: z.ZodError): ProblemInput {
  return {
    status: 422,
    code: 'invalid-request',
    title: 'The request is not as expected',
    detail: 'See errors; /openapi.json has the schema.',
    errors: error.issues.map(({ path, code, message }) => ({ field: path.join('.'), code, message })),
  };
}

/** What went wrong, as a client may know it; undefined for a fault of our own. */
export function problemOf(error: unknown): ProblemInput | undefined {
  if (error instanceof ElasticsearchError) return ofElasticsearch(error);
  const status = statusOf(error);
  if (status === undefined) return undefined;
  const code = status === 413 ? 'too-large' : 'bad-request';
  return {
    status,
    code,
    title: 'The request could not be read',
    detail: 'Expected a small, well-formed body.',
  };
}

function ofElasticsearch(error: ElasticsearchError): ProblemInput {
  switch (error.code) {
    case 'forbidden':
      return {
        status: 403,
        code: 'forbidden',
        title: 'This account may not do that',
        detail: 'Elasticsearch refused it: the account lacks the privilege.',
      };
    case 'unauthenticated':
      return {
        status: 401,
        code: 'unauthenticated',
        title: 'Not signed in',
        detail: 'Elasticsearch does not know this credential, or no longer.',
      };
    default:
      return {
        status: 503,
        code: 'elasticsearch-away',
        title: 'Elasticsearch did not do it',
        detail:
          'Elasticsearch is away, busy or not set up. Nothing is known to be stored: look before you try again.',
      };
  }
}

export const apiNotFound: RequestHandler = (_request, response) => {
  sendProblem(response, {
    status: 404,
    code: 'not-found',
    title: 'Nothing is here',
    detail: '/openapi.json lists what there is.',
  });
};

/** For routes of programs. @param onFault is told of what is no client's doing */
export function apiErrors(onFault: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = problemOf(error);
    if (problem === undefined || problem.status >= 500) onFault(error);
    sendProblem(
      response,
      problem ?? {
        status: 500,
        code: 'fault',
        title: 'The server failed',
        detail: 'Its log says more, under the id in the header x-request-id.',
      },
    );
  };
}

/** The status that express's own body parsers put on their errors. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
