import express, { type Request, type Response, Router } from 'express';
import { alertState } from '../../app/alertState.js';
import { recommend, recommendationRequestSchema } from '../../app/recommend.js';
import { decisionRequestSchema } from '../../decision/request.js';
import { asCaller } from '../caller.js';
import { apiErrors, apiNotFound, invalidBody, sendProblem } from '../problem.js';
import type { Site } from '../site.js';
import { decideAs, NO_SUCH_ALERT } from './decide.js';
import { openApi } from './openApi.js';
import { stateView } from './views.js';

const BODY_MAX = '32kb';

/** For programs: state of an alert, drafts of AI parts, decisions with a person's credential. No cookie counts here. */
export function apiRoutes(site: Site): Router {
  const router = Router();
  const document = openApi();
  router.get('/openapi.json', (_request, response) => void response.json(document));

  const api = Router();
  api.use(express.json({ limit: BODY_MAX, strict: true }));
  api.get('/alerts/:id', (request, response) =>
    asCaller(site, request, response, async ({ client }) => {
      const state = await alertState(client, site.namespace, request.params.id);
      if (state === undefined) sendProblem(response, NO_SUCH_ALERT);
      else response.json(stateView(state));
    }),
  );
  api.post('/alerts/:id/decisions', async (request, response) => {
    const body = decisionRequestSchema.safeParse(request.body);
    const key = idempotencyKey(site, request, response);
    if (key === undefined) return;
    if (!body.success) sendProblem(response, invalidBody(body.error));
    else
      await asCaller(site, request, response, (caller) =>
        decideAs(site, caller, request.params.id, body.data, key, response),
      );
  });
  api.post('/recommendations', async (request, response) => {
    const body = recommendationRequestSchema.safeParse(request.body);
    const key = idempotencyKey(site, request, response);
    if (key === undefined) return;
    if (!body.success) {
      sendProblem(response, invalidBody(body.error));
      return;
    }
    await asCaller(site, request, response, async ({ client, principal }) => {
      const id = await recommend(
        client,
        site.namespace,
        body.data,
        `${principal.username}\n${key}`,
        site.now(),
      );
      if (id === undefined) sendProblem(response, NO_SUCH_ALERT);
      else response.status(201).json({ id, status: 'pending_human_approval' });
    });
  });
  api.use(apiNotFound);
  router.use('/api', api);
  router.use(
    '/api',
    apiErrors((error) => site.log.error({ err: error }, 'a request of a program failed')),
  );
  return router;
}

/** What makes a repeated request the same one; a request without a key is always a new one. Answers 422 itself. */
function idempotencyKey(site: Site, request: Request, response: Response): string | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined) return site.newId();
  if (/^[\x21-\x7e]{8,128}$/.test(key)) return key;
  sendProblem(response, {
    status: 422,
    code: 'invalid-idempotency-key',
    title: 'Not an idempotency key',
    detail: 'Expected 8 to 128 printable characters without spaces in Idempotency-Key.',
  });
  return undefined;
}
