import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { cookieName, dropCookie, readCookie } from './cookies.js';
import { showError } from './pages.js';
import { isSame, type Session } from './sessions.js';
import type { Site } from './site.js';

export const SESSION_COOKIE = 'ot_anomaly_session';

const sessions = new WeakMap<Response, Session>();

/** The session of a request that passed `signedIn`. */
export function sessionOf(response: Response): Session {
  const session = sessions.get(response);
  if (session === undefined) throw new Error('a page for people was reached without a session');
  return session;
}

export function currentSession(site: Site, request: Request): Session | undefined {
  const id = readCookie(request, cookieName(request, SESSION_COOKIE));
  return id === undefined ? undefined : site.sessions.find(id);
}

/** Lets through who is signed in; sends others to the sign-in page, and back afterwards. */
export function signedIn(site: Site): RequestHandler {
  return (request, response, next) => {
    const session = currentSession(site, request);
    if (session !== undefined) {
      sessions.set(response, session);
      next();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      dropCookie(request, response, SESSION_COOKIE);
      showError(
        site,
        response,
        401,
        'Your session has ended',
        'Nothing was stored. Sign in again and repeat it.',
      );
      return;
    }
    // A SameSite=Strict cookie stays away when a link of another site, such as Kibana, leads here: ask once more
    // from a page of our own.
    if (request.get('sec-fetch-site') === 'cross-site') {
      response.send(site.render('arrive', { to: safeNext(request.originalUrl) }));
      return;
    }
    response.redirect(303, `/sign-in?next=${encodeURIComponent(request.originalUrl)}`);
  };
}

/** Refuses what another site's page makes a browser send. Programs send no Origin. */
export function sameOrigin(site: Site): RequestHandler {
  return (request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD' || isOwn(site, request)) {
      next();
      return;
    }
    showError(site, response, 403, 'Refused', 'This came from a page of another site.');
  };
}

function isOwn(site: Site, request: Request): boolean {
  const fetchSite = request.get('sec-fetch-site');
  if (fetchSite !== undefined && fetchSite !== 'same-origin') return false;
  const origin = request.get('origin');
  if (origin === undefined) return true;
  if (site.settings.publicUrl !== undefined && origin === new URL(site.settings.publicUrl).origin)
    return true;
  return origin === `${request.protocol}://${request.host}`;
}

/** Refuses a form that doesn't bring back the session's token. */
export function withToken(site: Site) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { csrf } = sessionOf(response);
    const given: unknown = (request.body as Record<string, unknown> | undefined)?.['_csrf'];
    if (isSame(given, csrf)) next();
    else
      showError(
        site,
        response,
        403,
        'Refused',
        'The form was not from this session. Open the page again and repeat it.',
      );
  };
}

/** A path of this server to go on to; the queue for whatever else was asked. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next) || next.length > 500) return '/';
  const base = 'http://own.invalid';
  return URL.canParse(next, base) && new URL(next, base).origin === base ? next : '/';
}
