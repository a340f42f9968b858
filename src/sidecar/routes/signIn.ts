import { Router } from 'express';
import rateLimit from 'express-rate-limit';
import { z } from 'zod';
import type { Credential } from '../../config/connection.js';
import { cookieName, dropCookie, readCookie, setCookie } from '../cookies.js';
import { currentSession, SESSION_COOKIE, safeNext } from '../guard.js';
import { showError } from '../pages.js';
import { isSame, secret } from '../sessions.js';
import { signIn, unfit } from '../signIn.js';
import type { Site } from '../site.js';

/** Holds the token of the sign-in form, before there is a session. */
const FORM_COOKIE = 'ot_anomaly_sign_in';
const ATTEMPTS_A_QUARTER_HOUR = 40;

const formSchema = z.object({
  _csrf: z.string().max(100),
  next: z.string().max(500).default('/'),
  username: z.string().trim().max(512).default(''),
  password: z.string().max(4_096).default(''),
  api_key: z.string().trim().max(8_192).default(''),
});

/** Signing in and out. Neither password nor key is logged, stored or shown again. */
export function signInRoutes(site: Site): Router {
  const router = Router();
  router.get('/sign-in', (request, response) => {
    if (currentSession(site, request) !== undefined) {
      response.redirect(303, safeNext(request.query['next']));
      return;
    }
    const token = secret();
    setCookie(request, response, FORM_COOKIE, token);
    response.send(
      site.render('signIn', { token, next: safeNext(request.query['next']), username: '', problem: '' }),
    );
  });

  const limit = rateLimit({
    windowMs: 15 * 60_000,
    limit: ATTEMPTS_A_QUARTER_HOUR,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_request, response) =>
      showError(site, response, 429, 'Too many attempts', 'Wait a quarter of an hour and try again.'),
  });
  router.post('/sign-in', limit, async (request, response) => {
    const form = formSchema.safeParse(request.body);
    const token = readCookie(request, cookieName(request, FORM_COOKIE));
    if (!form.success || token === undefined || !isSame(form.data._csrf, token)) {
      showError(
        site,
        response,
        403,
        'Refused',
        'The form was not from this browser. Open the sign-in page again.',
      );
      return;
    }
    const { username, next } = form.data;
    const again = (status: number, problem: string) => {
      const fresh = secret();
      setCookie(request, response, FORM_COOKIE, fresh);
      response
        .status(status)
        .send(site.render('signIn', { token: fresh, next: safeNext(next), username, problem }));
    };
    const credential = credentialIn(form.data);
    if (credential === undefined) {
      again(422, 'Give your name and password, or an API key of your own.');
      return;
    }
    const signedIn = await signIn(credential, request.ip ?? '', site);
    if (!signedIn.ok) {
      site.metrics.signIn(signedIn.status === 429 ? 'locked' : 'refused');
      site.log.warn({ user: { name: username }, client: { ip: request.ip } }, 'sign-in refused');
      if (signedIn.waitSeconds > 0) response.set('retry-after', String(signedIn.waitSeconds));
      again(signedIn.status, signedIn.message);
      return;
    }
    const { principal, client } = signedIn;
    const reason = unfit(principal);
    if (reason !== undefined) {
      await client.close();
      site.metrics.signIn('unfit');
      site.log.warn({ user: { name: principal.username } }, 'sign-in of an unfit account refused');
      again(403, reason);
      return;
    }
    const id = site.sessions.open(principal, client);
    if (id === undefined) {
      await client.close();
      again(503, 'Too many people are signed in. Try again later.');
      return;
    }
    dropCookie(request, response, FORM_COOKIE);
    setCookie(request, response, SESSION_COOKIE, id);
    site.metrics.signIn('ok');
    site.log.info({ user: { name: principal.username }, client: { ip: request.ip } }, 'signed in');
    response.redirect(303, safeNext(next));
  });
  return router;
}

/** Ends the session; behind `signedIn` and `withToken`. */
export function signOutRoute(site: Site): Router {
  const router = Router();
  router.post('/sign-out', (request, response) => {
    const id = readCookie(request, cookieName(request, SESSION_COOKIE));
    if (id !== undefined) site.sessions.close(id);
    dropCookie(request, response, SESSION_COOKIE);
    response.redirect(303, '/sign-in');
  });
  return router;
}

function credentialIn({ username, password, api_key }: z.infer<typeof formSchema>): Credential | undefined {
  if (api_key !== '') {
    const encoded = api_key.includes(':') ? Buffer.from(api_key).toString('base64') : api_key;
    return /^[\x21-\x7e]+$/.test(encoded) ? { kind: 'apiKey', encoded } : undefined;
  }
  return username === '' || password === '' ? undefined : { kind: 'basic', username, password };
}
