import type { Client } from '@elastic/elasticsearch';
import type { Request, Response } from 'express';
import type { Principal } from '../elasticsearch/principal.js';
import { sendProblem } from './problem.js';
import { credentialOf, signIn } from './signIn.js';
import type { Site } from './site.js';

/** Who called, by the credential of this one request. */
export interface Caller {
  readonly principal: Principal;
  readonly client: Client;
}

/**
 * Does something as the holder of the request's own `Authorization`: cookies don't count, so no browser can be made
 * to do it. Answers 401 or 429 itself where nobody is found.
 */
export async function asCaller(
  site: Site,
  request: Request,
  response: Response,
  act: (caller: Caller) => Promise<void>,
): Promise<void> {
  const credential = credentialOf(request.get('authorization'));
  if (credential === undefined) {
    response.set('www-authenticate', 'ApiKey, Basic realm="Elasticsearch", Bearer');
    sendProblem(response, {
      status: 401,
      code: 'unauthenticated',
      title: 'Not signed in',
      detail:
        'Expected a header Authorization with the caller’s own Elasticsearch credential (ApiKey, Basic or Bearer).',
    });
    return;
  }
  const signedIn = await signIn(credential, request.ip ?? '', site);
  if (!signedIn.ok) {
    const { status, message, waitSeconds } = signedIn;
    site.metrics.signIn(status === 429 ? 'locked' : 'refused');
    if (waitSeconds > 0) response.set('retry-after', String(waitSeconds));
    sendProblem(response, {
      status,
      code: status === 429 ? 'locked-out' : 'unauthenticated',
      title: 'Not signed in',
      detail: message,
    });
    return;
  }
  try {
    await act(signedIn);
  } finally {
    await signedIn.client.close();
  }
}
